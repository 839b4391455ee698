/// What must hold for every expression, on random ones over all rows.
module Fluxion.Tests.PropertyTests

open System
open System.Collections.Generic
open FsCheck
open FsCheck.FSharp
open Fluxion
open Fluxion.Testing

let private property name (check: RandomExpression -> unit) =
    testPropertyWith (Config.Quick.WithMaxTest 200) name (Prop.forAll Generators.expressions check)

let private floating (grown: RandomExpression) = grown.Variables |> Array.filter (fun variable -> variable.DType.IsFloating)
let private matching name (nodes: Expr[]) = Values.variables name (nodes |> Array.map (fun node -> node.Type))
let private isSingle (grown: RandomExpression) = Graph.postorder grown.Outputs |> Array.exists (fun node -> node.DType = DType.Float32)

/// Rounding that one number may have suffered on its way through the graph, where `size` is the largest number on it.
let private allowance (grown: RandomExpression) = if isSingle grown then 1e-3 else 1e-9

let private closeTo (grown: RandomExpression) (actual: NDArray[]) (expected: NDArray[]) message =
    let scale = expected |> Seq.collect (fun array -> array.Floats) |> Seq.map abs |> Seq.fold max 1.0

    for a, b in Array.zip actual expected do
        Expect.equal (a.Shape, a.DType) (b.Shape, b.DType) message
        Array.iter2 (fun x y -> Expect.close (allowance grown) (x / scale) (y / scale) message) a.Floats b.Floats

let private oneHot (tensorType: TensorType) (hot: int) =
    NDArray.ofFloats tensorType.DType tensorType.Shape (Array.init (Shape.size tensorType.Shape) (fun i -> if i = hot then 1.0 else 0.0))

/// For each entry of `seeds` the values of `roots` with a one there and zeros elsewhere.
let private columns (grown: RandomExpression) (roots: Expr[]) (seeds: Expr[]) : NDArray[] list =
    [ for k in 0 .. seeds.Length - 1 do
          for entry in 0 .. Shape.size seeds[k].Shape - 1 ->
              let values = seeds |> Array.mapi (fun i seed -> oneHot seed.Type (if i = k then entry else -1))
              Values.interpret roots (Array.append grown.Variables seeds) (Array.append grown.Values values) ]

let private flat (arrays: NDArray[]) = arrays |> Array.collect (fun array -> array.Floats)

let private forwardIsReverse (grown: RandomExpression) =
    let inputs = floating grown
    let tangents, cotangents = matching "t" inputs, matching "c" grown.Outputs
    let forward = columns grown (Forward.jvpAll grown.Outputs inputs tangents) tangents |> List.map flat
    let reverse = columns grown (Reverse.vjpAll grown.Outputs inputs cotangents) cotangents |> List.map flat
    let scale = forward |> Seq.collect id |> Seq.map abs |> Seq.fold max 1.0

    for i, column in List.indexed forward do
        for j, row in List.indexed reverse do
            Expect.close (allowance grown) (column[j] / scale) (row[i] / scale) $"the derivative of output {j} by input {i}, of {scale}"

/// The outputs mapped over two examples of some of the variables, and the stacks that those are.
let private mapped (grown: RandomExpression) (over: Expr[]) =
    let stacks =
        over
        |> Array.mapi (fun i variable -> Expr.variableOf $"stack{i}" variable.DType (2 :: variable.Shape))

    stacks, Batch.vmapAll 2 grown.Outputs over stacks

/// Everything that transforms make of an expression, by name.
let private transformed (grown: RandomExpression) =
    let inputs = floating grown
    let tangents, cotangents = matching "t" inputs, matching "c" grown.Outputs
    let gradient = Reverse.vjpAll grown.Outputs inputs cotangents

    [ "simplify", Rewrite.simplifyAll grown.Outputs
      "jvp", Forward.jvpAll grown.Outputs inputs tangents
      "vjp", gradient
      "simplified vjp", Rewrite.simplifyAll gradient
      "jvp of vjp", Forward.jvpAll gradient inputs tangents
      "vmap", snd (mapped grown grown.Variables)
      "substitute", Graph.substituteAll [ for variable in inputs -> variable, Expr.Sin variable ] grown.Outputs ]

let private verifyHolds (grown: RandomExpression) =
    Expect.equal (Verify.problems grown.Outputs) [] "as grown"

    for name, roots in transformed grown do
        Expect.equal (Verify.problems roots) [] name

let private simplifyingKeepsValues (grown: RandomExpression) =
    let inputs = floating grown
    let tangents, cotangents = matching "t" inputs, matching "c" grown.Outputs
    let gradient = Reverse.vjpAll grown.Outputs inputs cotangents
    let roots = Array.append grown.Outputs gradient
    let variables = Array.concat [ grown.Variables; tangents; cotangents ]

    let values =
        Array.concat [ grown.Values; Array.append tangents cotangents |> Array.map (fun seed -> Values.direction 5L seed.Type) ]

    let expected = Values.interpret roots variables values
    closeTo grown (Values.interpret (Rewrite.simplifyAll roots) variables values) expected "simplified"

let private mappingIsLooping (grown: RandomExpression) =
    // The second example is the first moved a little, and integers turned round: valid indices stay valid.
    let second (value: NDArray) =
        if value.DType.IsFloating then
            Values.move value 0.01 (NDArray.full value.DType value.Shape 1.0)
        else
            NDArray.ofInts value.DType value.Shape (Array.rev value.Ints)

    // All of them, every other one, and each by itself where there are few.
    let count = grown.Variables.Length
    let all = [ 0 .. count - 1 ]

    for chosen in all :: List.filter (fun i -> i % 2 = 0) all :: List.map List.singleton (List.truncate 4 all) do
        let over = [| for i in chosen -> grown.Variables[i] |]
        let stacks, outputs = mapped grown over

        let stacked =
            [| for i in chosen -> Values.stack grown.Variables[i].Type [ grown.Values[i]; second grown.Values[i] ] |]

        let actual = Values.interpret outputs (Array.append grown.Variables stacks) (Array.append grown.Values stacked)
        let moved = grown.Values |> Array.mapi (fun i value -> if List.contains i chosen then second value else value)
        let one = Values.interpret grown.Outputs grown.Variables grown.Values
        let two = Values.interpret grown.Outputs grown.Variables moved
        let expected = Array.init one.Length (fun i -> Values.stack grown.Outputs[i].Type [ one[i]; two[i] ])
        closeTo grown actual expected $"mapped over variables %A{chosen}"

let private compiledIsInterpreted (grown: RandomExpression) =
    let expected = Values.interpret grown.Outputs grown.Variables grown.Values
    closeTo grown (Values.compiled grown.Outputs grown.Variables grown.Values) expected "compiled"

/// Loops give the same bits with and without code of their own.
let private tiersAgree (grown: RandomExpression) =
    let run (tier, width) = (Compile.planAt tier width grown.Outputs grown.Variables).Run grown.Values
    let first = run Paths.tiers.Head

    for tier, width in Paths.tiers.Tail do
        Array.iter2
            (fun (a: NDArray) e -> Expect.isTrue (NDArray.identical a e) $"{tier} for {width}: {a} and {e}")
            (run (tier, width))
            first

/// Compiled code runs again on other values of the same types: nothing of the first run may stay in its buffers.
let private compiledRunsAgain (grown: RandomExpression) =
    let run = Compile.expressions grown.Outputs grown.Variables
    let first = run grown.Values |> Array.map (fun array -> Array.copy array.Floats)

    run (
        grown.Values
        |> Array.map (fun value -> if value.DType.IsFloating then Values.move value 0.01 value else value)
    )
    |> ignore

    Array.iter2 (fun (a: NDArray) b -> Expect.sequenceEqual a.Floats b "the first run again") (run grown.Values) first

/// Every node rebuilt, so that nothing is shared with the original but the constants' arrays.
let private rebuilt (outputs: Expr[]) =
    outputs
    |> Graph.rewrite (fun _ node ->
        match node.Node with
        | Node.Apply primitive -> Expr.Apply(primitive, node.Arguments)
        | Node.Variable variable -> Expr.variableOf variable.Name node.DType node.Shape
        | Node.Constant value -> Expr.constant value)

let private printingIsStable (grown: RandomExpression) =
    for output, again in Array.zip grown.Outputs (rebuilt grown.Outputs) do
        Expect.equal (Print.short output) (Print.short output) "printed twice"
        Expect.equal (Print.short again) (Print.short output) "printed when built twice"
        Expect.isTrue ((Print.short output).Length > 0) "something is printed"

/// Structure as text, one line a node, equal lines once: what Graph.same must agree with, found another way.
let private structure (outputs: Expr[]) : string list =
    let lines = Dictionary<string, int>()
    let numbers = NodeMap<int>()

    for node in Graph.postorder outputs do
        let line =
            match node.Node with
            | Node.Constant value -> $"constant {node.Type} %A{[ for x in value.Floats -> BitConverter.DoubleToInt64Bits x ]}"
            | Node.Variable variable -> $"variable {variable.Name} {variable.Serial} {node.Type}"
            | Node.Apply primitive ->
                let arguments = node.Arguments
                $"{primitive.Name} {primitive.AttributeText} %A{[ for argument in arguments -> numbers[argument] ]}"

        if not (lines.ContainsKey line) then
            lines[line] <- lines.Count

        numbers[node] <- lines[line]

    [ for output in outputs -> string numbers[output] ]

let private samenessIsStructure (grown: RandomExpression) =
    let twice = Array.append grown.Outputs (rebuilt grown.Outputs)
    let names = structure twice

    for i in 0 .. twice.Length - 1 do
        for j in 0 .. twice.Length - 1 do
            Expect.equal (Graph.same twice[i] twice[j]) (names[i] = names[j]) $"outputs {i} and {j}"

    for i in 0 .. grown.Outputs.Length - 1 do
        Expect.isTrue (Graph.same twice[i] twice[i + grown.Outputs.Length]) "rebuilt"

/// Simplified, nothing is written twice, though it was.
let private simplifiedSharesAll (grown: RandomExpression) =
    for output, again in Array.zip grown.Outputs (rebuilt grown.Outputs) do
        let both =
            if output.DType.IsFloating then
                Expr.Exp output + Expr.Cos again
            else
                Expr.stack 0 [ output; again ]

        let simple = Rewrite.simplify both
        let canonical = Graph.canonical [ simple ]
        let order = Graph.postorder [ simple ]
        Expect.equal (order |> Array.distinctBy (fun node -> canonical[node])).Length order.Length $"{simple}"

/// A change anywhere below is a change.
let private differentIsNotSame (grown: RandomExpression) =
    for variable in grown.Variables do
        let other = Expr.variableOf "another" variable.DType variable.Shape
        let changed = Graph.substituteAll [ variable, other ] grown.Outputs

        for before, after in Array.zip grown.Outputs changed do
            let isBelow = Graph.variables [ before ] |> List.exists (fun below -> Graph.same below variable)
            Expect.equal (Graph.same before after) (not isBelow) $"with {variable} renamed"

let private substitutingBackIsNothing (grown: RandomExpression) =
    let others = matching "other" grown.Variables
    let there = Graph.substituteAll (Array.zip grown.Variables others) grown.Outputs
    let back = Graph.substituteAll (Array.zip others grown.Variables) there
    Array.iter2 (fun before after -> Expect.isTrue (Graph.same before after) "there and back") grown.Outputs back

/// Every op has its place: none is left out of what the generator grows.
let private coverage =
    testCase "the generator reaches every row" (fun () ->
        let grown = Gen.sampleWithSeed (Rnd 1UL) 60 400 (Arb.toGen Generators.expressions)
        let names = HashSet<string>()

        for one in grown do
            for node in Graph.postorder one.Outputs do
                match node.Node with
                | Node.Apply primitive -> names.Add primitive.Name |> ignore
                | _ -> ()

        let missing =
            [ for row in Ops.all do
                  if not (names.Contains row.Name) then
                      row.Name ]

        Expect.equal missing [] "rows that no random expression has")

let tests =
    testList
        "Properties"
        [ coverage
          property "forward = reverse, entry by entry" forwardIsReverse
          property "Verify holds after each transform" verifyHolds
          property "simplified = original in value and gradient" simplifyingKeepsValues
          property "mapped = looped" mappingIsLooping
          property "compiled = interpreted" compiledIsInterpreted
          property "compiled code leaves nothing behind" compiledRunsAgain
          testPropertyWith (Config.Quick.WithMaxTest 40) "every tier gives the same bits" (Prop.forAll Generators.expressions tiersAgree)
          property "the printed form is stable" printingIsStable
          property "same means the same structure" samenessIsStructure
          property "simplified, what computes the same is one node" simplifiedSharesAll
          property "a renamed variable makes another expression" differentIsNotSame
          property "substituting there and back changes nothing" substitutingBackIsNothing ]
