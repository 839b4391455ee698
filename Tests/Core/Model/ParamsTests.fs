module Fluxion.Tests.ParamsTests

open System
open Fluxion

type private Layer = { Weight: Expr; Bias: Expr }

type private Net =
    { Hidden: Layer list
      Size: int
      Activation: Expr -> Expr
      Head: Layer
      Pair: Expr * Expr
      Rest: Expr[] }

type private Stage =
    | Dense of weight: Expr * bias: Expr
    | Scale of Expr
    | Dropout of rate: float

type private Tree = { Value: Expr; Children: Tree list }

let private layer n = { Weight = scalar n; Bias = scalar (n + 0.5) }

let private net =
    { Hidden = [ layer 1.0; layer 2.0 ]
      Size = 7
      Activation = Expr.relu
      Head = layer 3.0
      Pair = (scalar 4.0, scalar 5.0)
      Rest = [| scalar 6.0 |] }

let private numbers (parameters: 'p) = Params.toList parameters |> List.map Expr.toScalar

let tests =
    testList
        "Params"
        [ testCase "expressions come in the order of declaration, with dotted paths" (fun () ->
              Expect.equal
                  (Params.named net |> List.map fst)
                  [ "Hidden.0.Weight"
                    "Hidden.0.Bias"
                    "Hidden.1.Weight"
                    "Hidden.1.Bias"
                    "Head.Weight"
                    "Head.Bias"
                    "Pair.0"
                    "Pair.1"
                    "Rest.0" ]
                  "paths"

              Expect.equal (numbers net) [ 1.0; 1.5; 2.0; 2.5; 3.0; 3.5; 4.0; 5.0; 6.0 ] "values")

          testCase "the same structure comes back around other expressions" (fun () ->
              let back = Params.map (fun x -> x * 2.0 |> eval) net
              Expect.equal (numbers back) [ 2.0; 3.0; 4.0; 5.0; 6.0; 7.0; 8.0; 10.0; 12.0 ] "doubled"
              Expect.equal back.Size 7 "what is no expression rides along"
              Expect.equal (back.Activation(scalar -1.0) |> eval |> Expr.toScalar) 0.0 "functions too")

          testCase "an expression alone, a tuple, a list and an array are structures" (fun () ->
              let one = scalar 1.0
              Expect.equal (numbers one) [ 1.0 ] "expression"
              Expect.equal (numbers (one, one)) [ 1.0; 1.0 ] "tuple"
              Expect.equal (numbers [ one; one ]) [ 1.0; 1.0 ] "list"
              Expect.equal (numbers [| one |]) [ 1.0 ] "array"
              Expect.equal (numbers ([]: Expr list)) [] "empty list"
              Expect.equal (numbers struct (one, one)) [ 1.0; 1.0 ] "struct tuple"
              Expect.equal (Params.named one |> List.map fst) [ "" ] "one by itself has no path")

          testCase "options and unions are structures, of the case at hand" (fun () ->
              Expect.equal (numbers [ Some(scalar 1.0); None; Some(scalar 2.0) ]) [ 1.0; 2.0 ] "options"
              Expect.equal (numbers [ Dense(scalar 1.0, scalar 2.0); Dropout 0.5; Scale(scalar 3.0) ]) [ 1.0; 2.0; 3.0 ] "union"
              let back = Params.map (fun x -> eval (x * 2.0)) (Dense(scalar 1.0, scalar 2.0), Dropout 0.5)
              Expect.equal (numbers back, snd back = Dropout 0.5) ([ 2.0; 4.0 ], true) "rebuilt")

          testCase "a type that holds itself is a structure" (fun () ->
              let tree =
                  { Value = scalar 1.0
                    Children = [ { Value = scalar 2.0; Children = [] }; { Value = scalar 3.0; Children = [] } ] }

              Expect.equal (Params.named tree |> List.map fst) [ "Value"; "Children.0.Value"; "Children.1.Value" ] "paths"
              Expect.equal (numbers (Params.map (fun x -> eval (-x)) tree)) [ -1.0; -2.0; -3.0 ] "rebuilt")

          testCase "fixed parts that differ in form differ" (fun () ->
              let parts (value: int list * int list) = Params.fixedParts value
              Expect.isTrue (parts ([ 1; 2 ], [ 3 ]) <> parts ([ 1 ], [ 2; 3 ])) "lists"
              Expect.isTrue (parts ([ 1 ], [ 2 ]) = parts ([ 1 ], [ 2 ])) "equal lists"
              Expect.isTrue (Params.fixedParts DType.Float32 <> Params.fixedParts DType.Float64) "cases")

          testCase "data that are changed in place are another form" (fun () ->
              let parts = Params.fixedParts

              let changed (data: 'data) (change: 'data -> unit) =
                  let before = parts data
                  Expect.equal (parts data) before "unchanged"
                  change data
                  Expect.isTrue (parts data <> before) $"{data}, changed"

              changed (ResizeArray [ 1.0; 2.0 ]) (fun data -> data[1] <- 3.0)
              changed (ResizeArray [ 1.0; 2.0 ]) (fun data -> data.Add 3.0)
              changed (ResizeArray [ ResizeArray [ 1 ] ]) (fun data -> data[0].Clear())
              changed (Collections.Generic.Dictionary(dict [ 1, "a" ])) (fun data -> data[1] <- "b")
              changed (array2D [ [ 1.0 ]; [ 2.0 ] ]) (fun data -> data[1, 0] <- 3.0)
              changed [ ResizeArray [ NDArray.ofFloats DType.Float64 [] [| 1.0 |] ] ] (fun data -> data.Head.Clear()))

          testCase "a compiled function sees data that are changed in place" (fun () ->
              let factors = ResizeArray [ 2.0; 3.0 ]
              let mutable traced = 0

              let product =
                  compile (fun (x: Expr, factors: ResizeArray<float>) ->
                      traced <- traced + 1
                      Seq.fold (fun (x: Expr) factor -> factor * x) x factors)

              let value () = product (scalar 1.0, factors) |> Expr.toScalar
              Expect.equal (value (), value ()) (6.0, 6.0) "two factors"
              factors[1] <- 5.0
              Expect.equal (value ()) 10.0 "another one"
              factors.Add 7.0
              Expect.equal (value ()) 70.0 "one more"
              Expect.equal traced 3 "once for each form")

          testCase "the number of expressions must fit" (fun () ->
              for count in [ 1; 3 ] do
                  let replace () = Params.ofList (scalar 1.0, scalar 2.0) (List.replicate count (scalar 0.0)) |> ignore
                  let error = Expect.throws<ArgumentException> replace $"{count} for 2"
                  Expect.isTrue (error.Message.StartsWith "Params: there must be one expression for each leaf") error.Message)

          testCase "pairs need two structures of one size" (fun () ->
              let error =
                  Expect.throws<ArgumentException> (fun () -> Params.map2 (+) [ scalar 1.0 ] [] |> ignore) "one beside none"

              Expect.isTrue (error.Message.StartsWith "Params.map2: both must hold as many expressions") error.Message)

          testCase "pairs are joined, and elements counted" (fun () ->
              Expect.equal (numbers (Params.map2 (fun a b -> eval (a + b)) net net)) (numbers net |> List.map ((*) 2.0)) "map2"
              Expect.equal (Params.count (zeros [ 2; 3 ], [ scalar 1.0 ])) 7 "elements") ]
