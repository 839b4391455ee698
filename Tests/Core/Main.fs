module Fluxion.Tests.Main

let private tests =
    testList
        "Core"
        [ TestingTests.tests
          RepositoryTests.tests
          BatteryTests.tests
          PropertyTests.tests
          DepthTests.tests
          ErrorsTests.tests
          ShapeTests.tests
          NDArrayTests.tests
          PhiloxTests.tests
          GraphTests.tests
          ElementwiseTests.tests
          ReductionTests.tests
          ContractionTests.tests
          SlicingTests.tests
          IndexingTests.tests
          SamplingTests.tests
          RulesTests.tests
          ParamsTests.tests
          LiteralTests.tests
          PreludeTests.tests ]

[<EntryPoint>]
let main arguments = Program.run arguments tests
