module Fluxion.Tests.Main

[<EntryPoint>]
let main arguments = testList "Core" [ TestingTests.tests; RepositoryTests.tests; BatteryTests.tests; PropertyTests.tests ] |> Program.run arguments
