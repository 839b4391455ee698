module Fluxion.Tests.Main

[<EntryPoint>]
let main arguments = testList "Core" [ TestingTests.tests; RepositoryTests.tests; ScalarTests.tests; VectorMathTests.tests ] |> Program.run arguments
