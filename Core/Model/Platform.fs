namespace Fluxion

open System.Reflection
open System.Runtime.InteropServices
open Fluxion.Kernels
open MathNet.Numerics.Providers.LinearAlgebra

/// What Fluxion runs on.
module internal Platform =
    let private version =
        let assembly = Assembly.GetExecutingAssembly()

        match assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>() with
        | null -> string (assembly.GetName().Version)
        | attribute -> attribute.InformationalVersion

    /// One line for each thing that was chosen, each under its name.
    let describe () : string =
        let architecture = RuntimeInformation.ProcessArchitecture

        [ "Fluxion", version
          "runtime", $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}, {architecture}"
          "vectors", $"{int Simd.Width} bits (the widest here is {int Simd.Widest}; FLUXION_SIMD asks for another)"
          "threads", $"at most {Threads.Count} for one operation (FLUXION_THREADS asks for another number)"
          "matrix products", $"Fluxion's own; MathNet.Numerics uses {LinearAlgebraControl.Provider}" ]
        |> List.map (fun (name, value) -> $"{name, -16}{value}")
        |> String.concat "\n"
