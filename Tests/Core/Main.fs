module Fluxion.Tests.Main

[<EntryPoint>]
let main arguments =
    testList "Core" [ TestingTests.tests; RepositoryTests.tests; LayoutTests.tests; DiagramTests.tests; PrintTests.tests ]
    |> Program.run arguments
