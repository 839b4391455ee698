module Fluxion.Tests.Main

[<EntryPoint>]
let main arguments = testList "Core" [ TestingTests.tests; RepositoryTests.tests ] |> Program.run arguments
