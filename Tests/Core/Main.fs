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
          DepthTests.tests
          ErrorsTests.tests
          ShapeTests.tests
          NDArrayTests.tests
          PhiloxTests.tests
          GraphTests.tests
          ElementwiseTests.tests
          UnivariateTests.tests
          ReductionTests.tests
          ExtremesTests.tests
          MomentsTests.tests
          ContractionTests.tests
          SlicingTests.tests
          IndexingTests.tests
          ArrangementTests.tests
          DiagonalsTests.tests
          AlongAxisTests.tests
          CumulativeTests.tests
          ProductTests.tests
          OrderingTests.tests
          Convolution2dTests.tests
          Pooling2dTests.tests
          SamplingTests.tests
          RulesTests.tests
          ReadableTests.tests
          StabilityTests.tests
          RewriteTests.tests
          ScalarTests.tests
          VectorMathTests.tests
          EngineTests.tests
          OperationStepsTests.tests
          PlanCacheTests.tests
          ParamsTests.tests
          LiteralTests.tests
          IterationTests.tests
          LossTests.tests
          OptimizerTests.tests
          TableTests.tests
          DataTests.tests
          MetricsTests.tests
          TrainTests.tests
          PlatformTests.tests
          PreludeTests.tests
          MatricesTests.tests ]
    |> Program.run arguments
