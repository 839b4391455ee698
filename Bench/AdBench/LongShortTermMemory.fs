namespace Fluxion.Bench.AdBench

open Fluxion

/// A text and a network that is to foretell its next character: an input of ADBench's LSTM problem.
type LongShortTermMemory =
    {
        /// By layer weights and biases, each of the forget, input and output gates and of the change: [layers; 2; 4; bits].
        Gates: Expr
        /// Weights of the input, weights of the output, and the output's biases: [3; bits].
        Ends: Expr
        /// By layer what it says and what it keeps before the first character: [layers; 2; bits].
        State: Expr
        /// A character a row: [characters; bits].
        Text: Expr
    }

/// The loss of a network of diagonal LSTM layers. (Šrajer, Kukelova and Fitzgibbon, "A benchmark of selected algorithmic differentiation tools on
/// some problems in computer vision and machine learning", 2018, of whose program this is a later part; Hochreiter and Schmidhuber, "Long short-term
/// memory", 1997, with forget gates.)
module LongShortTermMemory =
    // One layer for one character: the next state (what it says, what it keeps) from weights and biases [4; bits].
    let private layer (weights: Expr) (biases: Expr) (said: Expr, kept: Expr) (input: Expr) : Expr * Expr =
        let gate i (x: Expr) = x * weights[i] + biases[i]
        let forget, admit, release = Expr.sigmoid (gate 0 input), Expr.sigmoid (gate 1 said), Expr.sigmoid (gate 2 input)
        let kept = forget * kept + admit * tanh (gate 3 said)
        release * tanh kept, kept

    // All layers for one character.
    let private step (gates: Expr) (ends: Expr) (states: (Expr * Expr) list) (character: Expr) =
        let next, said =
            states
            |> List.indexed
            |> List.mapFold
                (fun input (i, state) ->
                    let said, kept = layer gates[i, 0] gates[i, 1] state input
                    (said, kept), said)
                (character * ends[0])

        next, said * ends[1] + ends[2]

    /// The mean of -y log-softly-normalized p over all bits of all characters but the first, where p is foretold from what stands before: each p is
    /// lessened by log(2 + Σ exp p).
    let objective (problem: LongShortTermMemory) (gates: Expr, ends: Expr) : Expr =
        let layers = problem.State.Shape[0]
        let states = [ for i in 0 .. layers - 1 -> problem.State[i, 0], problem.State[i, 1] ]
        let _, foretold = scan (step gates ends) states problem.Text[.. problem.Text.Shape[0] - 2]
        let normalizer = log (2.0 + Expr.sumOver [ 1 ] (exp foretold))
        -(Expr.mean (problem.Text[1..] * (foretold - Expr.expandDims 1 normalizer)))

    /// The parameters that the file gives.
    let parameters (problem: LongShortTermMemory) : Expr * Expr = problem.Gates, problem.Ends

    /// A file of ADBench: `layers characters bits`; for each layer 4 bits weights and 4 bits biases; 3 bits numbers of the ends; for each layer what it says
    /// and what it keeps; the text. Raises FormatException.
    let read (path: string) : LongShortTermMemory =
        Fields.Read(
            path,
            fun fields ->
                let layers = fields.Whole("the number of layers", 1)
                let characters = fields.Whole("the number of characters", 2)
                let bits = fields.Whole("the number of bits", 1)
                let numbers name shape = Expr.constant (fields.Numbers(name, shape))
                let gates, ends = numbers "weights and biases" [ layers; 2; 4; bits ], numbers "weights of the ends" [ 3; bits ]
                let state = numbers "the first state" [ layers; 2; bits ]

                { Gates = gates; Ends = ends; State = state; Text = numbers "the text" [ characters; bits ] }
        )
