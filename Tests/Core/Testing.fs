namespace Fluxion.Tests

open System
open System.Threading.Tasks
open FsCheck
open Microsoft.Testing.Platform.Builder
open Microsoft.Testing.Platform.Capabilities.TestFramework
open Microsoft.Testing.Platform.CommandLine
open Microsoft.Testing.Platform.Extensions
open Microsoft.Testing.Platform.Extensions.CommandLine
open Microsoft.Testing.Platform.Extensions.Messages
open Microsoft.Testing.Platform.Extensions.TestFramework
open Microsoft.Testing.Platform.Requests
open Microsoft.Testing.Platform.Services

/// The random state that a property starts from, as a failure prints it and `--replay` takes it.
module Replay =
    let print (seed: Rnd) (size: int) = $"{seed.Seed},{seed.Gamma},{size}"

    let tryParse (text: string) =
        match text.Split ',' |> Array.map UInt64.TryParse with
        | [| true, seed; true, gamma; true, size |] -> Some { Rnd = Rnd(seed, gamma); Size = Some(int size) }
        | _ -> None

type Status =
    | Normal
    | Focused
    | Pending

/// A test is a value: a body under a name, or a list of tests under a name.
type Test =
    | TestCase of name: string * status: Status * body: (Replay option -> unit)
    | TestList of name: string * tests: Test list

/// A counter-example, with the seed that finds it again.
type PropertyFailedException(message: string, inner: exn | null) =
    inherit Exception(message, inner)

/// Expecto's words.
[<AutoOpen>]
module Testing =
    let testList name tests = TestList(name, tests)

    let testCase name body = TestCase(name, Normal, (fun _ -> body ()))

    /// The only case that runs, with others of its kind: for the time of writing it, and never committed.
    let ftestCase name body = TestCase(name, Focused, (fun _ -> body ()))

    /// A case that is not to run yet; it is counted as skipped.
    let ptestCase name body = TestCase(name, Pending, (fun _ -> body ()))

    let private throwing =
        { new IRunner with
            member _.OnStartFixture _ = ()
            member _.OnArguments(_, _, _) = ()
            member _.OnShrink(_, _) = ()

            member _.OnFinished(_, result) =
                let text = Runner.onFinishedToString "" result

                match result with
                | TestResult.Passed _ -> ()
                | TestResult.Exhausted _ -> raise (PropertyFailedException(text, null))
                | TestResult.Failed(_, _, _, outcome, _, seed, size) ->
                    let cause: exn | null =
                        match outcome with
                        | Outcome.Failed e -> e
                        | _ -> null

                    let again = $"To see it again: dotnet run --project Tests/Core -- --filter PATH --replay {Replay.print seed size}"
                    raise (PropertyFailedException($"{text.TrimEnd()}\n{again}", cause)) }

    /// A property under a configuration: `Config.Quick.WithMaxTest 1000`, `.WithEndSize 20`, `.WithReplay …`.
    let testPropertyWith (config: Config) name (property: 'property) =
        let check replay =
            let config = config.WithQuietOnSuccess(true).WithRunner throwing

            Check.One(
                (match replay with
                 | None -> config
                 | given -> config.WithReplay given),
                property
            )

        TestCase(name, Normal, check)

    /// A property that holds for 100 random arguments.
    let testProperty name (property: 'property) = testPropertyWith Config.Quick name property

/// One case, by its path from the root, as a run sees it.
type Leaf = { Path: string; Status: Status; Body: Replay option -> unit }

type Outcome =
    | Passed
    | Skipped of why: string
    | Failed of exn

module Leaf =
    let rec private under path test =
        match test with
        | TestCase(name, status, body) -> [ { Path = $"{path}{name}"; Status = status; Body = body } ]
        | TestList(name, tests) -> tests |> List.collect (under $"{path}{name}/")

    /// The cases of a tree in order; where any is focused, the others are pending. Two cases must not share a path.
    let all test =
        let leaves = under "" test

        for path, same in leaves |> List.countBy _.Path do
            if same > 1 then
                invalidArg (nameof test) $"{path}: a test's path is its identity, but {same} tests have this one; rename one."

        if leaves |> List.exists (fun leaf -> leaf.Status = Focused) then
            leaves
            |> List.map (fun leaf -> { leaf with Status = if leaf.Status = Focused then Focused else Pending })
        else
            leaves

    let run replay leaf =
        match leaf.Status with
        | Pending -> Skipped "pending"
        | Normal
        | Focused ->
            try
                leaf.Body replay
                Passed
            with e ->
                Failed e

/// What the platform asks of every extension to it.
type private Extension(name: string) =
    interface IExtension with
        member _.Uid = name
        member _.Version = "1"
        member _.DisplayName = name
        member _.Description = name
        member _.IsEnabledAsync() = Task.FromResult true

type private Options() =
    inherit Extension "Fluxion's test options"

    interface ICommandLineOptionsProvider with
        member _.GetCommandLineOptions() =
            [| CommandLineOption("filter", "Run the tests whose path contains this text.", ArgumentArity.ExactlyOne, false)
               CommandLineOption("replay", "Start properties from this state: SEED,GAMMA,SIZE.", ArgumentArity.ExactlyOne, false) |]

        member _.ValidateOptionArgumentsAsync(option, arguments) =
            if option.Name = "replay" && (Replay.tryParse arguments[0]).IsNone then
                ValidationResult.InvalidTask $"--replay takes SEED,GAMMA,SIZE as a failure prints them, but was given {arguments[0]}"
            else
                ValidationResult.ValidTask

        member _.ValidateCommandLineOptionsAsync _ = ValidationResult.ValidTask

type private Producer() =
    inherit Extension "Fluxion's test results"

    interface IDataProducer with
        member _.DataTypesProduced = [| typeof<TestNodeUpdateMessage> |]

type private Framework(leaves: Leaf list, options: ICommandLineOptions) =
    inherit Extension "Fluxion's tests"

    let producer = Producer()

    let argument name =
        match options.TryGetOptionArgumentList name with
        | true, [| text |] -> Some text
        | _ -> None

    let isWanted (request: TestExecutionRequest) leaf =
        let named =
            argument "filter"
            |> Option.forall (fun text -> leaf.Path.Contains(text, StringComparison.OrdinalIgnoreCase))

        match request.Filter with
        | :? TestNodeUidListFilter as filter -> named && filter.TestNodeUids |> Array.exists (fun uid -> uid.Value = leaf.Path)
        | _ -> named

    let run leaf : IProperty list =
        let start = DateTimeOffset.UtcNow
        let outcome = leaf |> Leaf.run (argument "replay" |> Option.bind Replay.tryParse)
        let stop = DateTimeOffset.UtcNow

        [ TimingProperty(TimingInfo(start, stop, stop - start))
          match outcome with
          | Passed -> PassedTestNodeStateProperty.CachedInstance
          | Skipped why -> SkippedTestNodeStateProperty why
          | Failed e -> FailedTestNodeStateProperty(e, null) ]

    interface ITestFramework with
        member _.CreateTestSessionAsync _ = Task.FromResult(CreateTestSessionResult(IsSuccess = true))

        member _.CloseTestSessionAsync _ = Task.FromResult(CloseTestSessionResult(IsSuccess = true))

        member _.ExecuteRequestAsync context =
            task {
                let request = context.Request :?> TestExecutionRequest

                let publish leaf (properties: IProperty list) =
                    let node = TestNode(Uid = TestNodeUid leaf.Path, DisplayName = leaf.Path, Properties = PropertyBag properties)

                    context.MessageBus.PublishAsync(producer, TestNodeUpdateMessage(request.Session.SessionUid, node))

                for leaf in leaves |> List.filter (isWanted request) do
                    context.CancellationToken.ThrowIfCancellationRequested()

                    match request with
                    | :? DiscoverTestExecutionRequest -> do! publish leaf [ DiscoveredTestNodeStateProperty.CachedInstance ]
                    | _ ->
                        do! publish leaf [ InProgressTestNodeStateProperty.CachedInstance ]
                        // Elsewhere than on the thread that carries the platform's messages, which a slow test would hold up.
                        let! properties = Task.Run(fun () -> run leaf)
                        do! publish leaf properties

                context.Complete()
            }

module Program =
    /// Runs the tests as the process's arguments ask; the platform's own include `--list-tests` and `--help`.
    let run (arguments: string[]) (test: Test) : int =
        let leaves = Leaf.all test

        task {
            let! builder = TestApplication.CreateBuilderAsync arguments
            builder.CommandLine.AddProvider(fun () -> Options() :> ICommandLineOptionsProvider)

            builder.RegisterTestFramework(
                (fun _ -> TestFrameworkCapabilities()),
                fun _ services -> Framework(leaves, services.GetCommandLineOptions())
            )
            |> ignore

            use! application = builder.BuildAsync()
            return! application.RunAsync()
        }
        |> _.GetAwaiter().GetResult()
