namespace Fluxion

open System
open System.Collections.Generic

/// A loop while nodes are still being joined to it.
[<Sealed>]
type internal Group(stage: int, space: int list, dtype: DType) =
    let tape = Tape dtype
    let inputs = List<Operand>()
    let registers = List<int>()

    /// Groups and other steps of lower stages run before.
    member _.Stage = stage
    /// The sizes of the iteration space; no axis of one element among them.
    member _.Space = space
    member _.DType = dtype
    member _.Tape = tape
    member val Outputs = List<int * Operand>()
    member val Totals = List<Total>()
    member val Nodes = List<Expr>()
    /// The axes that its totals run over, once it has any.
    member val Reduced: bool[] option = None with get, set

    /// A longer tape would not fit the registers, and with its copies for whole and last turns would make a method that the JIT gives up on (see
    /// CompiledPlan); an input counts for its address and what its load becomes. A trip through memory costs less than a few of so many
    /// instructions. Each total takes 2 KB of the stack for its tree.
    member this.IsFull = tape.Instructions.Count + 3 * inputs.Count > 200 || this.Totals.Count >= 64

    /// The instruction that reads an operand.
    member _.Read(operand: Operand) : int =
        let isSame (known: Operand) =
            known.Slot = operand.Slot
            && known.Offset = operand.Offset
            && known.Strides.AsSpan().SequenceEqual operand.Strides

        match inputs.FindIndex isSame with
        | -1 ->
            inputs.Add operand
            let register = tape.Add(Instruction.Input(inputs.Count - 1))
            registers.Add register
            register
        | known -> registers[known]

    member this.ToLoop() : Loop =
        { Sizes = Array.ofList space
          Reduced = this.Reduced |> Option.defaultWith (fun () -> Array.create space.Length false)
          Tape = tape
          Inputs = inputs.ToArray()
          Outputs = this.Outputs.ToArray()
          Totals = this.Totals.ToArray() }
