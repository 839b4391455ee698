module Fluxion.Tests.Main

[<EntryPoint>]
let main arguments =
    testList
        "Core"
        [ TestingTests.tests
          RepositoryTests.tests
          ThreadsTests.tests
          GemmTests.tests
          ReductionsTests.tests
          LinearAlgebraProviderTests.tests
          ConvolutionTests.tests
          PoolingTests.tests
          BatteryTests.tests
          PropertyTests.tests
          EngineTests.tests ]
    |> Program.run arguments
