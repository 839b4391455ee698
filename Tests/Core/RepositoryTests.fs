/// The rules that hold for the repository as a whole: its layers, and what no file may contain.
module Fluxion.Tests.RepositoryTests

open System
open System.IO
open System.Security.Cryptography
open System.Text.RegularExpressions
open System.Xml.Linq

let rec private above (folder: string) =
    match Path.GetDirectoryName folder with
    | null -> raise (DirectoryNotFoundException "The tests run inside the repository: no Fluxion.slnx above them.")
    | parent ->
        if File.Exists(Path.Combine(parent, "Fluxion.slnx")) then
            parent
        else
            above parent

/// The folder of Fluxion.slnx.
let root = above AppContext.BaseDirectory
let private absolute (path: string) = Path.Combine(root, path)

/// Folders that git ignores, as .gitignore names them: what is built or fetched there is not ours.
let private ignored =
    File.ReadAllLines(absolute ".gitignore")
    |> Array.filter (fun line -> line.EndsWith '/')
    |> Array.map (fun line -> line.TrimEnd '/')
    |> Set
    |> Set.add ".git"

let rec private filesUnder (folder: string) : string list =
    [ for path in Directory.GetFiles folder do
          // Where the repository is a worktree, .git is a file.
          if Path.GetFileName path <> ".git" then
              Path.GetRelativePath(root, path).Replace('\\', '/')
      for child in Directory.GetDirectories folder do
          if not (ignored.Contains(DirectoryInfo(child).Name)) then
              yield! filesUnder child ]

/// Every file of the repository, relative to its root, with forward slashes.
let private files = lazy (filesUnder root |> List.sort)

let private sources (folders: string list) (extensions: string list) =
    files.Value
    |> List.filter (fun path ->
        List.contains (Path.GetExtension path) extensions
        && folders |> List.exists (fun folder -> path.StartsWith $"{folder}/"))

/// The places, as `file:line: text`, where a line of these files matches.
let private places (pattern: string) (paths: string list) =
    let regex = Regex pattern

    [ for path in paths do
          for i, line in File.ReadLines(absolute path) |> Seq.indexed do
              if regex.IsMatch line then
                  $"{path}:{i + 1}: {line.Trim()}" ]

let private nowhere message found = Expect.equal found [] message

let private included (item: string) (project: string) =
    XDocument.Load(absolute project).Descendants(XName.Get item)
    |> Seq.choose (fun element -> element.Attribute(XName.Get "Include") |> Option.ofObj)
    |> Seq.map (fun attribute -> attribute.Value.Replace('\\', '/'))
    |> List.ofSeq

/// Core's folders from the ground up; a file sees only what stands above it in the compile order.
let private layers = [ "Foundation"; "Expr"; "Ops"; "Transforms"; "Run"; "Model"; "Plot"; "" ]

let private layer (path: string) =
    let folder = (Path.GetDirectoryName path |> string).Replace('\\', '/')

    match layers |> List.tryFindIndex ((=) folder) with
    | Some index -> index
    | None -> raise (ExpectException $"Core/{path}: its folder is none of the layers %A{layers}")

let private layering =
    testList
        "layers"
        [ testCase "Core compiles from the ground up" (fun () ->
              let compiled = included "Compile" "Core/Core.fsproj"
              let steps = compiled |> List.pairwise |> List.filter (fun (above, below) -> layer above > layer below)
              nowhere "a file stands below one of a higher layer" steps)

          testCase "every file of Core is compiled" (fun () ->
              let compiled = included "Compile" "Core/Core.fsproj" |> List.map (sprintf "Core/%s") |> Set

              sources [ "Core" ] [ ".fs" ]
              |> List.filter (compiled.Contains >> not)
              |> nowhere "not in Core.fsproj")

          testCase "projects reference what is below them, and nothing else" (fun () ->
              for project, below in
                  [ "Kernels/Kernels.csproj", []
                    "Core/Core.fsproj", [ "../Kernels/Kernels.csproj" ]
                    "Api/Api.csproj", [ "../Core/Core.fsproj" ]
                    "Testing/Testing.fsproj", [ "../Core/Core.fsproj"; "../Api/Api.csproj" ] ] do
                  included "ProjectReference" project |> List.except below |> nowhere $"{project} references")

          testCase "derivatives do not know how things run" (fun () ->
              sources [ "Core/Expr"; "Core/Ops"; "Core/Transforms" ] [ ".fs" ]
              |> places @"\bFluxion\.Kernels\b"
              |> nowhere "Fluxion.Kernels in a layer below Run")

          testCase "native code is called from Kernels only" (fun () ->
              sources [ "Core"; "Api" ] [ ".fs"; ".cs" ]
              |> places @"\b(DllImport|LibraryImport|NativeLibrary)\b|^\s*extern\b"
              |> nowhere "P/Invoke outside Kernels")

          testCase "Api meets F# types in Interop.cs only" (fun () ->
              sources [ "Api" ] [ ".cs" ]
              |> List.except [ "Api/Interop.cs" ]
              |> places @"\bMicrosoft\.FSharp\b"
              |> nowhere "Microsoft.FSharp outside Interop.cs") ]

let private isText (path: string) = Path.GetExtension path <> ".gz"
let private everywhere = [ "Kernels"; "Core"; "Api"; "Testing"; "Tests"; "Bench"; "scripts" ]

let private contents =
    testList
        "contents"
        [ testCase "no source file is longer than 400 lines" (fun () ->
              [ for path in "build.fsx" :: sources everywhere [ ".fs"; ".fsx"; ".cs" ] do
                    let count = File.ReadLines(absolute path) |> Seq.length

                    if count > 400 then
                        $"{path}: {count} lines" ]
              |> nowhere "a file this long has two subjects")

          testCase "Core has no failwith, and nothing has a hole" (fun () ->
              sources [ "Core" ] [ ".fs" ] |> places @"\b(failwithf?|invalidOp)\b" |> nowhere "a nameless error"
              sources everywhere [ ".fs"; ".cs" ] |> places @"\bNotImplemented[E]xception\b" |> nowhere "a hole")

          testCase "no file names a package server or a path of one machine" (fun () ->
              files.Value
              |> List.filter isText
              |> places @"nuget[.]org|registry[.]npm|(^|[^\w.])/(work|tmp|root|farm|home)/|[A-Z]:\\Users\\"
              |> nowhere "a server or a path")

          testCase "no focused test is left" (fun () ->
              sources [ "Tests/Core" ] [ ".fs" ]
              |> List.except [ "Tests/Core/Testing.fs"; "Tests/Core/TestingTests.fs" ]
              |> places @"\bf[t]estCase\b"
              |> nowhere "a focused test hides all others") ]

let private sha256 path = File.ReadAllBytes(absolute path) |> SHA256.HashData |> Convert.ToHexStringLower

let private layout =
    testList
        "layout"
        [ testCase "no project stands in the root, where file-based apps would take it for theirs" (fun () ->
              files.Value
              |> List.filter (fun path -> Regex.IsMatch(path, @"^[^/]+\.(cs|fs)proj$"))
              |> nowhere "projects in the root")

          testCase "every project is in the solution and in Paket's hands" (fun () ->
              let solution = File.ReadAllText(absolute "Fluxion.slnx")

              for project in files.Value |> List.filter (fun path -> Regex.IsMatch(path, @"\.(cs|fs)proj$")) do
                  Expect.isTrue (solution.Contains $"\"{project}\"") $"{project} is in Fluxion.slnx"
                  Expect.isTrue (File.ReadAllText(absolute project).Contains "Paket.Restore.targets") $"{project} imports Paket's targets"
                  let folder = Path.GetDirectoryName project
                  Expect.isTrue (File.Exists(absolute $"{folder}/paket.references")) $"{project} has its paket.references")

          // They fix the words of the API: a change to one is a change to what users were told.
          testCase "the usage programs are as they were given" (fun () ->
              for path, hash in
                  [ "scripts/graph.fsx", "ecd477a3d9404cba05d2e2a71d56368b53ed8a7db7b7f9f7c9032422098ab7b9"
                    "scripts/sgd.fsx", "f51ecac4edbd7da0c5819f51e9ab6bb9fb398ba6f30e76beeba14d847f55882d"
                    "scripts/styles.fsx", "9cba8149373076bcd1d2c748fa1e6083779a97e711a0eab864fa2f2ff1942a77"
                    "scripts/Styles.cs", "057ffdabc1cdbb8aa591700fb0d01aef1dce49ba84b18e56284d7957cd97efe2" ] do
                  Expect.equal (sha256 path) hash path)

          testCase "the data is small, and each file's source is told" (fun () ->
              let data = files.Value |> List.filter (fun path -> path.StartsWith "data/" && not (path.EndsWith ".md"))
              let told = File.ReadAllText(absolute "data/SOURCES.md")

              for path in data do
                  Expect.isTrue (told.Contains $"`{Path.GetFileName path}`") $"{path} is in data/SOURCES.md"

              let size = data |> List.sumBy (fun path -> FileInfo(absolute path).Length)
              Expect.isTrue (size <= 300_000L) $"{size} bytes are at most 300 KB") ]

let tests = testList "Repository" [ layering; contents; layout ]
