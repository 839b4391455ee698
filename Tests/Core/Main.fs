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
          PairwiseTests.tests
          TranscendentalTests.tests
          ActivationTests.tests
          LogicTests.tests
          ReductionTests.tests
          ContractionTests.tests
          SlicingTests.tests
          IndexingTests.tests
          Convolution2dTests.tests
          ConvolutionFormsTests.tests
          Pooling2dTests.tests
          SamplingTests.tests
          RulesTests.tests
          SparseRowsTests.tests
          ReadableTests.tests
          StabilityTests.tests
          RewriteTests.tests
          ControlFlowTests.tests
          ScalarTests.tests
          VectorMathTests.tests
          SpecialValuesTests.tests
          EngineTests.tests
          WindowStepsTests.tests
          OperationStepsTests.tests
          ThreadedLoopTests.tests
          WaitingTests.tests
          PlanCacheTests.tests
          BackwardPassTests.tests
          ParamsTests.tests
          LiteralTests.tests
          DerivativesTests.tests
          IterationTests.tests
          LossTests.tests
          OptimizerTests.tests
          TableTests.tests
          DataTests.tests
          MetricsTests.tests
          DescentTests.tests
          TrainTests.tests
          PlatformTests.tests
          PreludeTests.tests
          MatricesTests.tests
          AdBenchTests.tests ]
    |> Program.run arguments
