// Everything there is to do here, on any system, with only the .NET SDK:  dotnet fsi build.fsx TARGET
open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions

/// A step could not be done; the message says which, and what helps.
exception Stopped of string

let stop message = raise (Stopped message)

// ---- Processes -------------------------------------------------------------------------------------------------

Environment.CurrentDirectory <- __SOURCE_DIRECTORY__

// Children inherit these: plain English output that can be read by line, and no compiler or MSBuild server left behind.
for name, value in
    [ "DOTNET_CLI_UI_LANGUAGE", "en"
      "DOTNET_NOLOGO", "1"
      "NO_COLOR", "1"
      "MSBUILDTERMINALLOGGER", "off"
      "MSBUILDDISABLENODEREUSE", "1"
      "UseSharedCompilation", "false" ] do
    Environment.SetEnvironmentVariable(name, value)

let start isRead (arguments: string list) =
    Process.Start(ProcessStartInfo("dotnet", arguments, RedirectStandardOutput = isRead, RedirectStandardError = isRead))

/// The exit code of `dotnet ARGUMENTS`, whose output goes where ours goes.
let exitCode arguments =
    use child = start false arguments
    child.WaitForExit()
    child.ExitCode

/// The exit code and the lines of `dotnet ARGUMENTS`, each given to `echo` as it comes; what it says on standard error is
/// passed on at its end.
let read echo arguments =
    use child = start true arguments
    let errors = child.StandardError.ReadToEndAsync()

    let lines =
        [ while not child.StandardOutput.EndOfStream do
              let line = child.StandardOutput.ReadLine()
              echo line
              line ]

    child.WaitForExit()
    eprintf "%s" errors.Result
    child.ExitCode, lines

/// Runs `dotnet ARGUMENTS`, whose output is shown where it fails; `help` then says what to do about it.
let dotnetOr help what arguments =
    match read ignore arguments with
    | 0, _ -> ()
    | _, lines ->
        lines |> List.iter (printfn "%s")
        stop $"""{what} failed (see above). The command was: dotnet {String.concat " " arguments}{help}"""

let dotnet what arguments = dotnetOr "" what arguments

// ---- Packages: NuGet's own client fills feed/ from this machine's sources, and Paket resolves from there -------

let feedProject item packages =
    let references = [ for name, version in packages -> $"""<{item} Include="{name}" Version="{version}" />""" ]

    $"""<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <ImportDirectoryBuildProps>false</ImportDirectoryBuildProps>
    <ImportDirectoryBuildTargets>false</ImportDirectoryBuildTargets>
    <DisableImplicitFSharpCoreReference>true</DisableImplicitFSharpCoreReference>
    <RestoreEnablePackagePruning>false</RestoreEnablePackagePruning>
  </PropertyGroup>
  <ItemGroup>
    {String.concat "\n    " references}
  </ItemGroup>
</Project>
"""

/// Brings packages into feed/: `PackageDownload` each alone, `PackageReference` with the packages that it needs.
let fetch item packages =
    Directory.CreateDirectory "feed" |> ignore
    File.WriteAllText("feed/feed.csproj", feedProject item packages)

    [ "restore"; "feed/feed.csproj"; "--packages"; "feed"; "--verbosity"; "quiet" ]
    |> dotnetOr "\nThis machine's package sources are listed by: dotnet nuget list source" "fetching packages"

let fillFeed () =
    let locked =
        [ for line in File.ReadLines "paket.lock" do
              let m = Regex.Match(line, @"^    (\S+) \((\S+)\)")

              if m.Success then
                  (m.Groups[1].Value, m.Groups[2].Value) ]

    let isThere (name: string, version: string) =
        let name = name.ToLowerInvariant()
        File.Exists $"feed/{name}/{version}/{name}.{version}.nupkg"

    match locked |> List.filter (isThere >> not) with
    | [] -> ()
    | missing ->
        printfn $"restore: fetching {missing.Length} packages into feed/"
        fetch "PackageDownload" [ for name, version in locked -> name, $"[{version}]" ]

let restore () =
    fillFeed ()
    dotnet "restoring the tools" [ "tool"; "restore" ]

    [ "paket"; "restore" ]
    |> dotnetOr "\nIf a fetch was cut short, delete the folder feed and try again." "Paket's restore from feed/"

let add package version =
    restore ()
    let wanted = version |> Option.map (sprintf "[%s]") |> Option.defaultValue "*"
    fetch "PackageReference" [ (package, wanted) ]

    let isKnown =
        File.ReadAllLines "paket.dependencies"
        |> Array.exists (fun line -> Regex.IsMatch(line, $@"^nuget {Regex.Escape package}( |$)"))

    if isKnown then
        dotnet "updating the package" [ "paket"; "update"; package ]
    else
        File.AppendAllLines("paket.dependencies", [ $"nuget {package}" ])
        dotnet "adding the package" [ "paket"; "install" ]

    printfn $"{package}: name it in the paket.references of the projects that use it."

// ---- Building --------------------------------------------------------------------------------------------------

let buildOf project =
    restore ()
    printfn $"build: {project}"
    dotnet "the build" [ "build"; project; "--nologo"; "--verbosity"; "quiet" ]

let build () = buildOf "Fluxion.slnx"

// ---- Checking: every check gives how many passed and how many failed -------------------------------------------

let tests () =
    let code, lines =
        read (printfn "%s") [ "test"; "--solution"; "Fluxion.slnx"; "--no-build"; "--no-ansi"; "--no-progress" ]

    let count word =
        let pattern = Regex $@"^\s+{word}: (\d+)$"

        lines
        |> List.tryFindBack pattern.IsMatch
        |> Option.map (fun line -> int (pattern.Match line).Groups[1].Value)

    match count "succeeded", count "failed" with
    | Some passed, Some failed when passed + failed > 0 ->
        // A test process that dies fails no test of its own, yet must fail the run.
        passed, (if code <> 0 then max failed 1 else failed)
    | _ -> stop $"test: no test ran (exit code {code})."

let formatted () =
    [ "F#", [ "fantomas"; "--check"; "Core"; "Testing"; "Tests"; "Bench"; "scripts"; "build.fsx" ]
      "C# and XML", [ "csharpier"; "check"; "." ] ]
    |> List.map (fun (what, command) ->
        match read ignore command with
        | 0, _ -> 1, 0
        | _, lines ->
            lines |> List.iter (printfn "%s")
            printfn $"format: {what} is not formatted; run: dotnet fsi build.fsx format"
            0, 1)

let firstDifference (expected: string list) (actual: string list) =
    let line (lines: string list) i = lines |> List.tryItem i |> Option.defaultValue "(nothing)"

    seq { 0 .. max expected.Length actual.Length - 1 }
    |> Seq.tryFind (fun i -> line expected i <> line actual i)
    |> Option.map (fun i -> $"line {i + 1}\n  expected: {line expected i}\n    actual: {line actual i}")

/// Runs one script; where scripts/expected/ has a file of its name, its output must be that text.
let script (path: string) =
    let clock = Stopwatch.StartNew()

    let code, actual = read ignore [ (if path.EndsWith ".fsx" then "fsi" else "run"); path ]

    let expected = Path.Combine("scripts", "expected", Path.GetFileName path + ".txt")

    let complaint =
        if code <> 0 then
            Some $"exit code {code}"
        elif File.Exists expected then
            firstDifference (List.ofArray (File.ReadAllLines expected)) actual
        else
            None

    match complaint with
    | None ->
        printfn $"passed {path} ({clock.Elapsed.TotalSeconds:F1} s)"
        1, 0
    | Some complaint ->
        if code <> 0 then
            actual |> List.iter (printfn "%s")

        printfn $"failed {path}: {complaint}"
        0, 1

let scripts () =
    Directory.GetFiles "scripts"
    |> Array.filter (fun path -> (path.EndsWith ".fsx" && Path.GetFileName path <> "fluxion.fsx") || path.EndsWith ".cs")
    |> Array.sort
    |> List.ofArray

/// The F# and C# blocks of README.md and of docs/ as scripts, each with the lines that find the local build; not those whose
/// fence says more than the language (`fsharp fragment`).
let snippets () =
    let folder = Path.Combine("artifacts", "snippets")

    if Directory.Exists folder then
        Directory.Delete(folder, true)

    Directory.CreateDirectory folder |> ignore

    let header extension (code: string) =
        [ if extension = "fsx" then
              "#load \"../../scripts/fluxion.fsx\""

              if code.Contains "Fluxion.Testing" then
                  "#I \"../../Testing/bin/Release/net10.0\""
                  "#r \"FsCheck.dll\""
                  "#r \"Fluxion.Testing.dll\""

              "open Fluxion"
          else
              "#:project ../../Api/Api.csproj"

              if code.Contains "Fluxion.Testing" then
                  "#:project ../../Testing/Testing.fsproj"

              "#:property PublishAot=false" ]

    [ for page in "README.md" :: (Directory.GetFiles("docs", "*.md") |> Array.sort |> List.ofArray) do
          for i, m in
              Regex.Matches(File.ReadAllText page, @"^```(fsharp|csharp)\r?\n(.*?)^```", RegexOptions.Multiline ||| RegexOptions.Singleline)
              |> Seq.indexed do
              let extension = if m.Groups[1].Value = "fsharp" then "fsx" else "cs"
              let path = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension page}-{i + 1}.{extension}")
              let code = Regex.Replace(m.Groups[2].Value, @"^#(load|r|:project|:property)\b.*\n", "", RegexOptions.Multiline)
              File.WriteAllText(path, String.concat "\n" (header extension code) + "\n" + code)
              path ]

/// The last line of the output, and the exit code that goes with it.
let close results =
    let passed, failed = List.sumBy fst results, List.sumBy snd results
    printfn $"{passed} passed, {failed} failed"
    if failed = 0 then 0 else 1

let test () =
    build ()
    close [ tests () ]

let check () =
    build ()

    close [ yield! formatted (); tests (); yield! scripts () @ snippets () |> List.map script ]

// ---- The rest --------------------------------------------------------------------------------------------------

let demo () =
    buildOf "Core/Core.fsproj"
    exitCode [ "fsi"; "scripts/demo.fsx" ]

let runBench arguments = exitCode ([ "run"; "--project"; "Bench"; "--no-build"; "--" ] @ arguments)

let bench arguments =
    buildOf "Bench/Bench.fsproj"

    // What this machine's user set for another OpenBLAS would slow down the one that Fluxion is measured against.
    for setting in [ "OPENBLAS_CORETYPE"; "OPENBLAS_L2_SIZE" ] do
        Environment.SetEnvironmentVariable(setting, null)

    runBench arguments

/// Both tables are printed, whatever the first one says.
let tables () =
    buildOf "Bench/Bench.fsproj"
    printfn "\nNIST's certified regression problems: correct digits\n"
    let digits = exitCode [ "fsi"; "scripts/nist.fsx" ]
    printfn "\nMicrosoft's ADBench: gradients beside their objectives\n"
    max digits (runBench [ "--adbench" ])

let format () =
    restore ()
    dotnet "formatting F#" [ "fantomas"; "Core"; "Testing"; "Tests"; "Bench"; "scripts"; "build.fsx" ]
    dotnet "formatting C#" [ "csharpier"; "format"; "." ]

/// Pages to read from the disk: their links are absolute, and a page of its own stands for what a public site would link to.
let docs () =
    build ()
    let folder = "artifacts/docs"
    let root = Uri(Path.GetFullPath $"{folder}/").AbsoluteUri
    let index = root + "reference/index.html"

    let links =
        [ for link in [ "repository"; "license"; "release-notes" ] do
              yield! [ $"fsdocs-{link}-link"; index ] ]

    [ "fsdocs"; "build"; "--clean"; "--strict"; "--output"; folder; "--properties"; "Configuration=Release" ]
    @ [ "--parameters"; "root"; root; "fsdocs-collection-name"; "Fluxion" ]
    @ links
    |> dotnet "building the API docs"

    printfn $"docs: open {folder}/reference/index.html"

let pack () =
    build ()
    let folder = Path.Combine("artifacts", "packages")

    dotnet "packing" [ "pack"; "Fluxion.slnx"; "--no-build"; "--output"; folder; "--nologo"; "--verbosity"; "quiet" ]

    Directory.GetFiles(folder, "*.nupkg") |> Array.sort |> Array.iter (printfn "%s")

let usage =
    """dotnet fsi build.fsx TARGET

  demo                   restore, build, and fit models to the data that ships here
  test                   restore, build, and run every test
  check                  what CI runs: formatting, build, tests, scripts, the snippets of README and docs
  bench [--kernels]      workloads against hand-written limits and PyTorch, into README.md; or BenchmarkDotNet's tables
  tables                 NIST's regression problems by correct digits; ADBench's gradients by time
  docs                   API documentation into artifacts/docs
  pack                   the four NuGet packages into artifacts/packages
  build                  restore and build, nothing else
  restore                packages and tools, nothing else
  format                 format every F#, C# and project file
  add PACKAGE [VERSION]  fetch a package, the newest or that version, and add it or update to it"""

let run arguments =
    let succeed action =
        action ()
        0

    match arguments with
    | [ "demo" ] -> demo ()
    | [ "test" ] -> test ()
    | [ "check" ] -> check ()
    | "bench" :: rest -> bench rest
    | [ "tables" ] -> tables ()
    | [ "docs" ] -> succeed docs
    | [ "pack" ] -> succeed pack
    | [ "build" ] -> succeed build
    | [ "restore" ] -> succeed restore
    | [ "format" ] -> succeed format
    | [ "add"; package ] -> succeed (fun () -> add package None)
    | [ "add"; package; version ] -> succeed (fun () -> add package (Some version))
    | []
    | [ "help" | "--help" ] -> succeed (fun () -> printfn "%s" usage)
    | unknown ->
        eprintfn $"""build.fsx: there is no target "{String.concat " " unknown}".{"\n\n"}{usage}"""
        2

try
    fsi.CommandLineArgs |> List.ofArray |> List.tail |> run |> exit
with Stopped message ->
    eprintfn $"build.fsx: {message}"
    exit 1
