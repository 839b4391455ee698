namespace Fluxion

/// The value without its derivative.
module internal StopGradient =
    let stopGradient: Row<unit> =
        { Name = "stopGradient"
          Notation = fun () -> Column.named "stopGradient"
          Shape = fun () types -> types[0]
          Rule = fun () -> Rule.Constant
          Batch = fun () -> BatchRule.Aligned
          Eval = fun () arguments -> arguments[0]
          Kernel = fun () -> Kernel.Map(Lane.Argument 0)
          Samples = Column.samplesUnary Column.everywhere }

    /// Every row of this file.
    let rows: IRow list = [ stopGradient ]

[<AutoOpen>]
module StopGradientFunctions =
    module Expr =
        /// The same value, through which no derivative flows, in either mode.
        let stopGradient (x: Expr) : Expr = Column.apply StopGradient.stopGradient () [ x ]
