/// The battery: every row of Ops.all, on each of its samples and at every element type it takes, against what its columns promise.
/// A row that is added gets all of it for nothing; which checks apply to it follows from its types.
module Fluxion.Tests.BatteryTests

open System
open Fluxion
open Fluxion.Testing

/// A promise that a row makes: which trials it can be tried on, and the trying.
type private Check = { Promise: string; AppliesTo: Trial -> bool; Try: Trial -> unit }

let private everything (_: Trial) = true
let private key = 1_000_000L
let private pick (positions: int list) (items: 'a[]) = [| for i in positions -> items[i] |]

/// Where float64 values are finite, their differences say what the derivative is.
let private hasDifferences (trial: Trial) =
    Trial.isFloat64 trial && (trial.Primitive.Eval trial.Values).Floats |> Array.forall Double.IsFinite

let private directionsOf types = types |> Array.mapi (fun i t -> Values.direction (key + int64 i) t)
let private evaluate (trial: Trial) values = trial.Primitive.Eval values

let private typeIsKept trial =
    let result = evaluate trial trial.Values

    Expect.equal { TensorType.Shape = result.Shape; DType = result.DType } trial.Result $"{trial}: the type that Eval gives"

/// A trial with symbols for everything that derivatives need.
type private Symbols =
    {
        Inputs: Expr[]
        Output: Expr
        /// The floating-point inputs that are differentiated by, with a tangent each.
        Selected: Expr[]
        Tangents: Expr[]
        Cotangent: Expr
        /// All variables, and a value for each.
        All: Expr[]
        Values: NDArray[]
    }

let private symbols (trial: Trial) (selection: int list) : Symbols =
    let inputs, output = Trial.expression trial
    let types = pick selection trial.Types
    let tangents = Values.variables "t" types
    let cotangent = Expr.variableOf "c" output.DType output.Shape

    { Inputs = inputs
      Output = output
      Selected = pick selection inputs
      Tangents = tangents
      Cotangent = cotangent
      All = Array.concat [ inputs; tangents; [| cotangent |] ]
      Values = Array.concat [ trial.Values; directionsOf types; [| Values.direction (key + 50L) output.Type |] ] }

let private interpret (s: Symbols) (roots: Expr[]) = Values.interpret roots s.All s.Values

/// The values of roots when the selected inputs are moved along their tangents.
let private moved (trial: Trial) (selection: int list) (s: Symbols) (roots: Expr[]) (step: float) : float[] =
    let values = Array.copy s.Values

    for k, i in List.indexed selection do
        values[i] <- Values.move trial.Values[i] step s.Values[trial.Values.Length + k]

    Values.interpret roots s.All values |> Array.collect (fun array -> array.Floats)

let private closeAll tolerance (actual: NDArray[]) (expected: float[]) message =
    let actual = actual |> Array.collect (fun array -> array.Floats)
    Expect.equal actual.Length expected.Length $"{message}: number of entries"
    Array.iter2 (fun a b -> Expect.close tolerance a b message) actual expected

let private differenceTolerance = 1e-10

let private forwardIsRight trial =
    for selection in Trial.selections trial do
        let s = symbols trial selection
        let tangent = Forward.jvpAll [| s.Output |] s.Selected s.Tangents |> interpret s
        let expected = Values.derivative (moved trial selection s [| s.Output |])
        closeAll differenceTolerance tangent expected $"{trial}: tangent by arguments %A{selection} against differences"

/// Ops that have no value at complex points.
let private withoutComplexValues = [ "gammaNormal" ]

/// Of one output, the derivatives along tangents by the value at a point moved into the complex plane, which asks for no rule.
let private forwardIsComplexStep trial =
    for selection in Trial.selections trial do
        let s = symbols trial selection
        let tangents = Array.sub s.Values trial.Values.Length selection.Length

        let directions =
            trial.Values
            |> Array.mapi (fun i value ->
                match List.tryFindIndex ((=) i) selection with
                | Some k -> tangents[k].Floats
                | None -> Array.zeroCreate value.Length)

        let struct (expected, stoppedAt) = ComplexStep.along s.Output s.Inputs trial.Values directions
        Expect.equal stoppedAt "" $"{trial}: where the complex step stopped"
        let tangent = Forward.jvpAll [| s.Output |] s.Selected s.Tangents |> interpret s
        closeAll 1e-11 tangent expected $"{trial}: tangent by arguments %A{selection} against complex step"

/// Both sums are equal but for rounding: relative to what was added up, not to what remains of it.
let private requireAdjoint (dtype: DType) struct (left: float, leftSize: float) struct (right: float, rightSize: float) message =
    let size = leftSize + rightSize
    Expect.close (Values.precision dtype) ((left - right) / max size 1.0) 0.0 message

let private modesAreAdjoint trial =
    for selection in Trial.selections trial do
        let s = symbols trial selection
        let tangent = Forward.jvpAll [| s.Output |] s.Selected s.Tangents
        let cotangents = Reverse.vjpAll [| s.Output |] s.Selected [| s.Cotangent |]
        let forward = interpret s tangent |> Array.head
        let reverse = interpret s cotangents
        let tangents = interpret s s.Tangents
        let pairs = Array.map2 Values.inner reverse tangents
        let sum = pairs |> Array.sumBy (fun struct (sum, _) -> sum)
        let size = pairs |> Array.sumBy (fun struct (_, size) -> size)
        let cotangent = interpret s [| s.Cotangent |] |> Array.head
        let left = Values.inner cotangent forward
        let narrowest = s.Output :: List.ofArray s.Selected |> List.exists (fun x -> x.DType = DType.Float32)
        let dtype = if narrowest then DType.Float32 else DType.Float64
        requireAdjoint dtype left (struct (sum, size)) $"{trial}: ⟨c, J t⟩ - ⟨Jᵀ c, t⟩ by arguments %A{selection}, relative"

let private dot (left: Expr) (right: Expr) = Expr.sum (left * right)

let private secondDerivativesAreRight trial =
    let selection = Trial.floating trial
    let s = symbols trial selection
    let gradient = Reverse.vjpAll [| s.Output |] s.Selected [| s.Cotangent |]
    let along = Forward.jvpAll [| s.Output |] s.Selected s.Tangents
    let forwardOverReverse = Forward.jvpAll gradient s.Selected s.Tangents |> interpret s
    let reverseOverForward = Reverse.gradientAll (dot s.Cotangent along[0]) s.Selected |> interpret s
    let turned = Array.map2 dot gradient s.Tangents |> Array.reduce (+)
    let reverseOverReverse = Reverse.gradientAll turned s.Selected |> interpret s
    let expected = Values.derivative (moved trial selection s gradient)
    closeAll differenceTolerance forwardOverReverse expected $"{trial}: forward over reverse against differences of reverse"

    for name, other in [ "reverse over forward", reverseOverForward; "reverse over reverse", reverseOverReverse ] do
        Array.iter2 (fun a b -> Values.close 1e-11 a b $"{trial}: {name} = forward over reverse") other forwardOverReverse

/// Roots mapped over some of the variables are what a loop over the examples gives.
let private mapIsLoop (message: string) (tolerance: float) (roots: Expr[]) (variables: Expr[]) (domains: Domain[]) (mappedOver: int list) =
    let types = variables |> Array.map (fun variable -> variable.Type)

    for size in [ 3; 0 ] do
        let examples i = [ for e in 0 .. size - 1 -> Values.draw (key + int64 (100 * i + e)) domains[i] types[i] ]

        let drawn = Array.init types.Length examples
        let fixedValues = Array.init types.Length (fun i -> Values.draw (int64 i) domains[i] types[i])
        let stacks = [| for i in mappedOver -> Expr.variableOf $"stack{i}" types[i].DType (size :: types[i].Shape) |]
        let mapped = Batch.vmapAll size roots (pick mappedOver variables) stacks
        Expect.equal (Verify.problems mapped) [] $"{message}: Verify"
        let stacked = [| for i in mappedOver -> Values.stack types[i] drawn[i] |]
        let actual = Values.interpret mapped (Array.append variables stacks) (Array.append fixedValues stacked)

        let example e =
            Array.init types.Length (fun i -> if List.contains i mappedOver then drawn[i][e] else fixedValues[i])
            |> Values.interpret roots variables

        let looped = List.init size example

        for k in 0 .. roots.Length - 1 do
            let expected = Values.stack roots[k].Type [ for values in looped -> values[k] ]
            Values.close tolerance actual[k] expected $"{message}: mapped over %A{mappedOver}, {size} examples"

let private narrow (types: TensorType seq) =
    if types |> Seq.exists (fun t -> t.DType = DType.Float32) then
        DType.Float32
    else
        DType.Float64

let private batchedIsLooped trial =
    let inputs, output = Trial.expression trial

    for subset in Trial.subsets trial do
        mapIsLoop $"{trial}" (Values.precision output.DType) [| output |] inputs trial.Domains subset

let private batchedDerivativeIsLooped trial =
    let s = symbols trial (Trial.floating trial)
    let roots = Reverse.vjpAll [| s.Output |] s.Selected [| s.Cotangent |]
    let variables = Array.append s.Inputs [| s.Cotangent |]
    let domains = Array.append trial.Domains [| Domain.real |]
    let last = s.Inputs.Length

    for subset in [ [ last ]; [ 0 .. last - 1 ]; [ 0..last ] ] do
        let precision = Values.precision (narrow trial.Types)
        mapIsLoop $"{trial}: cotangents" precision roots variables domains subset

let private derivatives (trial: Trial) =
    let s = symbols trial (Trial.floating trial)
    let gradient = Reverse.vjpAll [| s.Output |] s.Selected [| s.Cotangent |]

    s,
    Array.concat
        [ gradient
          Forward.jvpAll [| s.Output |] s.Selected s.Tangents
          Forward.jvpAll gradient s.Selected s.Tangents ]

let private compiledIsInterpreted trial =
    let variables, output = Trial.expression trial
    let compiled = Values.compiled [| output |] variables trial.Values
    Values.close (Values.precision (narrow trial.Types)) compiled[0] (evaluate trial trial.Values) $"{trial}: compiled"

let private compiledDerivativeIsInterpreted trial =
    let s, roots = derivatives trial
    let precision = Values.precision (narrow trial.Types)

    Array.iter2
        (fun actual expected -> Values.close precision actual expected $"{trial}: compiled derivative")
        (Values.compiled roots s.All s.Values)
        (interpret s roots)

let private transformsAreWellTyped trial =
    let _, roots = derivatives trial
    Expect.equal (Verify.problems roots) [] $"{trial}: Verify on derivatives"
    Expect.equal (Verify.problems (Rewrite.simplifyAll roots)) [] $"{trial}: Verify on simplified derivatives"

/// An argument's place taken by what laws look for: zeros and ones of its shape, or itself behind what means nothing.
let private disguises (domain: Domain) (x: Expr) : Expr list =
    // Matrices of equal numbers are singular, which is not what a law is about.
    let numbers = if domain.Diagonal <> 0.0 then [] else [ 0.0; 1.0; -1.0; 2.0 ]

    -(-(1.0 * x + 0.0)) :: [ for number in numbers -> (x.Literal number).BroadcastTo x.Shape ]

let private simplifyingKeepsValueAndDerivative trial =
    let s = symbols trial (Trial.floating trial)
    let precision = Values.precision (narrow trial.Types)

    let cases =
        s.Output
        :: [ for domain, x in Array.zip (pick (Trial.floating trial) trial.Domains) s.Selected do
                 for disguise in disguises domain x -> Graph.substitute [ x, disguise ] s.Output ]

    for case in cases do
        let both =
            Array.concat
                [ [| case |]
                  Reverse.vjpAll [| case |] s.Selected [| s.Cotangent |]
                  Forward.jvpAll [| case |] s.Selected s.Tangents ]

        // The derivative simplified, and the derivative of what was simplified.
        let simpler = Rewrite.simplify case
        let expected = interpret s both

        let outside = interpret s (Rewrite.simplifyAll both)

        let inside =
            Array.concat
                [ [| simpler |]
                  Reverse.vjpAll [| simpler |] s.Selected [| s.Cotangent |]
                  Forward.jvpAll [| simpler |] s.Selected s.Tangents ]
            |> interpret s

        Expect.equal (Verify.problems [ simpler ]) [] $"{trial}: Verify on {simpler}"

        for actual in [ outside; inside ] do
            Array.iter2 (fun a b -> Values.close precision a b $"{trial}: {case} simplified") actual expected

let private closeToReference (trial: Trial) (arguments: NDArray[]) (message: string) =
    let types = arguments |> Array.map (fun a -> { TensorType.Shape = a.Shape; DType = a.DType })
    let result = trial.Primitive.Infer types
    let actual = trial.Primitive.Eval arguments
    let expected = KernelReference.elements trial.Primitive.Kernel arguments result |> Array.ofList
    let expected = NDArray.ofFloats result.DType result.Shape expected

    match trial.Primitive.Kernel with
    | Kernel.Map _ ->
        // A few units in the last place of each element.
        let relative = if result.DType = DType.Float32 then 1e-6 else 4e-15

        for a, b in Array.zip actual.Floats expected.Floats do
            let unit = if Double.IsFinite b then max (abs b) 1e-280 else 1.0
            Expect.close relative (a / unit) (b / unit) message
    | _ -> Values.close (Values.precision result.DType) actual expected message

let private kernelIsEval trial = closeToReference trial trial.Values $"{trial}: Eval against the Kernel column"

let private hasEdges (trial: Trial) =
    (narrow trial.Types = DType.Float64 || not (Trial.floating trial).IsEmpty)
    && trial.Types |> Array.forall (fun t -> t.DType.IsFloating || t.DType = DType.Bool)
    && trial.Domains |> Array.exists (fun domain -> not domain.Edges.IsEmpty)

/// Every edge beside every edge: for a fused loop all in one long axis, for others each edge among ordinary numbers.
let private edgesAreRight (trial: Trial) =
    match trial.Primitive.Kernel with
    | Kernel.Map _ ->
        let choices =
            [ for i in 0 .. trial.Types.Length - 1 ->
                  let ordinary = (Values.draw key trial.Domains[i] { trial.Types[i] with Shape = [ 2 ] }).Floats
                  trial.Domains[i].Edges @ List.ofArray ordinary ]

        let product =
            List.foldBack
                (fun choice rest ->
                    [ for x in choice do
                          for tail in rest -> x :: tail ])
                choices
                [ [] ]

        let arguments =
            [| for i in 0 .. trial.Types.Length - 1 ->
                   NDArray.ofFloats trial.Types[i].DType [ product.Length ] (product |> Seq.map (List.item i) |> Array.ofSeq) |]

        closeToReference trial arguments $"{trial}: edges of the domain"
    | _ ->
        for i in 0 .. trial.Types.Length - 1 do
            for edge in trial.Domains[i].Edges do
                for position in 0 .. trial.Values[i].Length - 1 do
                    let data = Array.copy trial.Values[i].Floats
                    data[position] <- edge
                    let arguments = Array.copy trial.Values
                    arguments[i] <- NDArray.ofFloats trial.Types[i].DType trial.Types[i].Shape data
                    closeToReference trial arguments $"{trial}: {edge} at {position} of argument {i}"

/// What goes in as NaN comes out as NaN: with one floating argument there is nothing else that it could come out as.
let private nanIsKept (trial: Trial) =
    for position in 0 .. trial.Values[0].Length - 1 do
        let data = Array.copy trial.Values[0].Floats
        data[position] <- nan
        let arguments = Array.copy trial.Values
        arguments[0] <- NDArray.ofFloats trial.Types[0].DType trial.Types[0].Shape data
        let before, after = evaluate trial trial.Values, evaluate trial arguments
        let changed = Array.exists2 (fun a b -> a <> b) before.Floats after.Floats
        let hasNaN = after.Floats |> Array.exists Double.IsNaN
        Expect.isTrue (hasNaN || not changed) $"{trial}: NaN at {position} must not become a number"

let private checks =
    [ { Promise = "Shape is the type that Eval gives"; AppliesTo = everything; Try = typeIsKept }
      { Promise = "forward mode is the limit of differences"
        // Its derivative is not that of its value: what it is for.
        AppliesTo = fun trial -> hasDifferences trial && trial.Primitive.Name <> "stopGradient"
        Try = forwardIsRight }
      { Promise = "forward mode is the complex step"
        AppliesTo =
          fun trial ->
              hasDifferences trial
              && not (List.contains trial.Primitive.Name ("stopGradient" :: withoutComplexValues))
        Try = forwardIsComplexStep }
      { Promise = "forward and reverse mode are adjoint"
        AppliesTo = Trial.isDifferentiable
        Try = modesAreAdjoint }
      { Promise = "second derivatives agree in every mode"
        AppliesTo = hasDifferences
        Try = secondDerivativesAreRight }
      { Promise = "batched is looped"; AppliesTo = everything; Try = batchedIsLooped }
      { Promise = "batched derivative is looped"
        AppliesTo = Trial.isDifferentiable
        Try = batchedDerivativeIsLooped }
      { Promise = "compiled is interpreted"; AppliesTo = everything; Try = compiledIsInterpreted }
      { Promise = "compiled derivative is interpreted"
        AppliesTo = Trial.isDifferentiable
        Try = compiledDerivativeIsInterpreted }
      { Promise = "transforms are well typed"
        AppliesTo = Trial.isDifferentiable
        Try = transformsAreWellTyped }
      { Promise = "simplifying keeps value and derivative"
        AppliesTo = Trial.isDifferentiable
        Try = simplifyingKeepsValueAndDerivative }
      { Promise = "Kernel says what Eval does"
        AppliesTo = fun trial -> not trial.Primitive.Kernel.IsNested
        Try = kernelIsEval }
      { Promise = "edges of the domain are exact"; AppliesTo = hasEdges; Try = edgesAreRight }
      { Promise = "NaN is kept"
        AppliesTo = fun trial -> Trial.isDifferentiable trial && (Trial.floating trial).Length = 1 && trial.Types[0].DType.IsFloating
        Try = nanIsKept } ]

/// A row with its checks; its trials are drawn when the first of them runs.
let private battery (row: IRow) =
    let trials = lazy (Trial.all row)

    // Which checks apply is asked of types alone, which is cheap.
    testList
        row.Name
        [ for check in checks do
              if trials.Value |> List.exists check.AppliesTo then
                  testCase check.Promise (fun () -> trials.Value |> List.filter check.AppliesTo |> List.iter check.Try) ]

/// The ops, and those whose rules are transforms of their bodies.
let private rows = Ops.all @ ControlFlow.rows @ CustomRule.rows @ [ Implicit.solution ]

let private table =
    testList
        "table"
        [ testCase "every row has samples, of rank 0 or size 0 among them" (fun () ->
              for row in rows do
                  let shapes =
                      [ for _, arguments in row.Cases do
                            yield! List.map fst arguments ]

                  Expect.isTrue (not shapes.IsEmpty) $"{row.Name}: has samples"
                  Expect.isTrue (shapes |> List.exists (fun shape -> shape.IsEmpty || Shape.size shape = 0)) $"{row.Name}: a corner")

          testCase "a name stands for one row" (fun () ->
              let names = rows |> List.map (fun row -> row.Name)
              Expect.equal (List.distinct names) names "names of rows") ]

let tests = testList "Battery" (table :: List.map battery rows)
