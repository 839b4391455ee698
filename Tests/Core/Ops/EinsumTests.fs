module Fluxion.Tests.EinsumTests

open Fluxion

let private numbers (shape: Shape) start =
    Expr.constant (NDArray.ofFloats DType.Float64 shape (Array.init (Shape.size shape) (fun i -> sin (start + float i))))

// The definition: for every index of the result, the sum over all others of the products.
let private byLoops (inputs: string list) (result: string) (operands: NDArray list) : float list =
    let sizes =
        List.zip inputs operands
        |> List.collect (fun (letters, x) -> List.zip (List.ofSeq letters) x.Shape)
        |> List.distinct
        |> Map

    let summed = Map.keys sizes |> Seq.filter (fun letter -> not (result.Contains letter)) |> List.ofSeq
    let shape letters = letters |> List.map (fun letter -> sizes[letter])

    [ for free in Reference.indices (shape (List.ofSeq result)) ->
          List.sum
              [ for bound in Reference.indices (shape summed) ->
                    let at = Map(List.zip (List.ofSeq result @ summed) (free @ bound))

                    List.zip inputs operands
                    |> List.map (fun (letters, x) -> Reference.at x [ for letter in letters -> at[letter] ])
                    |> List.fold (*) 1.0 ] ]

let private cases =
    [ "ij,jk->ik", [ [ 2; 3 ]; [ 3; 4 ] ]
      "ij,jk", [ [ 2; 3 ]; [ 3; 4 ] ]
      "ba", [ [ 2; 3 ] ]
      "ij->ji", [ [ 2; 3 ] ]
      "ij->", [ [ 2; 3 ] ]
      "ij->j", [ [ 2; 3 ] ]
      "ii->i", [ [ 3; 3 ] ]
      "ii", [ [ 3; 3 ] ]
      "iij->ij", [ [ 2; 2; 3 ] ]
      "iji->ji", [ [ 2; 3; 2 ] ]
      "iii->i", [ [ 2; 2; 2 ] ]
      "i,i->", [ [ 3 ]; [ 3 ] ]
      "i,i->i", [ [ 3 ]; [ 3 ] ]
      "i,j->ij", [ [ 2 ]; [ 3 ] ]
      "i,j->ji", [ [ 2 ]; [ 3 ] ]
      "bij,bjk->bik", [ [ 2; 2; 3 ]; [ 2; 3; 2 ] ]
      "bij,jk->bik", [ [ 2; 2; 3 ]; [ 3; 2 ] ]
      "bhqd,bhkd->bhqk", [ [ 2; 2; 3; 2 ]; [ 2; 2; 4; 2 ] ]
      "ij,kj,k->i", [ [ 2; 3 ]; [ 4; 3 ]; [ 4 ] ]
      "ij,ij,ij->i", [ [ 2; 3 ]; [ 2; 3 ]; [ 2; 3 ] ]
      "ij,kl->ik", [ [ 2; 3 ]; [ 4; 2 ] ]
      "ijk,lkj->il", [ [ 2; 3; 4 ]; [ 2; 4; 3 ] ]
      "ii,ij->j", [ [ 2; 2 ]; [ 2; 3 ] ]
      "i,ij,j->", [ [ 2 ]; [ 2; 3 ]; [ 3 ] ]
      ",i->i", [ []; [ 3 ] ]
      "ij,jk->ik", [ [ 2; 0 ]; [ 0; 2 ] ]
      "Ab,bA->", [ [ 2; 3 ]; [ 3; 2 ] ] ]

let private implicitResult (inputs: string list) =
    String.concat "" inputs
    |> Seq.countBy id
    |> Seq.filter (fun (_, count) -> count = 1)
    |> Seq.map fst
    |> Seq.sort
    |> Seq.toArray
    |> System.String

let private message (build: unit -> Expr) = (Expect.throws<System.ArgumentException> (build >> ignore) "einsum").Message

let private errors =
    testCase "errors name the letter and its sizes" (fun () ->
        let a, b = numbers [ 2; 3 ] 0.0, numbers [ 4; 2 ] 1.0
        let text = message (fun () -> Expr.einsum "ij,jk->ik" [ a; b ])
        Expect.isTrue (text.Contains "the letter 'j' must stand for one size, but it is 3 in operand 0 and 4 in operand 1") text

        for notation, operands, words in
            [ "ij,jk->ik", [ a ], "one group of letters for each operand"
              "ijk->i", [ a ], "a tensor of 3 axes, but operand 0 is [2, 3]"
              "ij->ik", [ a ], "'k' of 'ij->ik' does not"
              "ij->ii", [ a ], "stands twice"
              "i1->i", [ a ], "subscripts are letters"
              "i->j->i", [ a ], "one arrow"
              "...i,...j->...", [ numbers [ 2; 3 ] 0.0; numbers [ 3; 3 ] 0.0 ], "'...' stands for must agree" ] do
            let text = message (fun () -> Expr.einsum notation operands)
            Expect.isTrue (text.Contains words) $"{notation}: {text}"

        let text = message (fun () -> Expr.tensordot [ 1 ] [ 0 ] a b)
        Expect.isTrue (text.Contains "axis 1 of [2, 3] has 3 and axis 0 of [4, 2] has 4") text)

let tests =
    testList
        "Einsum"
        [ testCase "is the sum of products" (fun () ->
              for notation, shapes in cases do
                  let operands = shapes |> List.mapi (fun i shape -> numbers shape (float i))
                  let sides = notation.Split "->"
                  let inputs = List.ofArray (sides[0].Split ',')
                  let result = if sides.Length = 2 then sides[1] else implicitResult inputs
                  let expected = byLoops inputs result (operands |> List.map Expr.value)
                  let actual = Expr.einsum notation operands |> eval |> Expr.value
                  Expect.equal actual.Length expected.Length notation
                  List.iter2 (fun x y -> Expect.close 1e-14 x y notation) (List.ofArray actual.Floats) expected)

          testCase "an ellipsis stands for leading axes, which are broadcast" (fun () ->
              let a, b, c = numbers [ 5; 2; 3 ] 0.0, numbers [ 3; 4 ] 1.0, numbers [ 1; 3; 4 ] 2.0
              let same (x: Expr) (y: Expr) = Values.close 1e-14 (Expr.value (eval x)) (Expr.value (eval y)) $"{x}"
              same (Expr.einsum "...ij,...jk->...ik" [ a; b ]) (Expr.matmul a b)
              same (Expr.einsum "...ij,...jk" [ a; c ]) (Expr.matmul a c)
              same (Expr.einsum "i...->...i" [ a ]) (Expr.permute [ 1; 2; 0 ] a)
              same (Expr.einsum "...i->i" [ a ]) (Expr.sumOver [ 0; 1 ] a)
              same (Expr.einsum "...,..." [ a; numbers [ 2; 1 ] 3.0 ]) (a * numbers [ 2; 1 ] 3.0))

          testCase "tensordot, dot and outer" (fun () ->
              let a, b = numbers [ 2; 3; 4 ] 0.0, numbers [ 4; 3; 5 ] 1.0
              let same (x: Expr) (y: Expr) = Values.close 1e-14 (Expr.value (eval x)) (Expr.value (eval y)) $"{x}"
              same (Expr.tensordot [ 1; -1 ] [ 1; 0 ] a b) (Expr.einsum "ijk,kjl->il" [ a; b ])
              same (Expr.tensordot [ 1 ] [ 1 ] a b) (Expr.einsum "ijk,ljm->iklm" [ a; b ])
              same (Expr.tensordot [] [] a b) (Expr.outer a b)
              same (Expr.outer (numbers [ 2 ] 0.0) (numbers [ 3 ] 1.0)) (Expr.einsum "i,j->ij" [ numbers [ 2 ] 0.0; numbers [ 3 ] 1.0 ])
              same (Expr.dot (numbers [ 3 ] 0.0) (numbers [ 3 ] 1.0)) (Expr.sum (numbers [ 3 ] 0.0 * numbers [ 3 ] 1.0))
              same (Expr.dot a (numbers [ 4 ] 1.0)) (Expr.einsum "ijk,k->ij" [ a; numbers [ 4 ] 1.0 ])
              same (Expr.dot a (numbers [ 5; 4; 2 ] 1.0)) (Expr.einsum "ijk,lkm->ijlm" [ a; numbers [ 5; 4; 2 ] 1.0 ])
              same (Expr.dot (scalar 2.0) a) (2.0 * a))

          testCase "gradients are those of the loops" (fun () ->
              let x, y = Expr.variable "x" [ 2; 2; 3 ], Expr.variable "y" [ 3; 2 ]
              let loss = Expr.sum (Expr.square (Expr.einsum "iij,jk->ik" [ x; y ]))
              let diagonal = Expr.stack 0 [ x[0, 0]; x[1, 1] ]
              let other = Expr.sum (Expr.square (Expr.matmul diagonal y))
              let at = [| Expr.value (numbers [ 2; 2; 3 ] 0.0); Expr.value (numbers [ 3; 2 ] 1.0) |]
              let values loss = Values.interpret (Array.ofList (Reverse.gradient loss [ x; y ])) [| x; y |] at
              Array.iter2 (fun a b -> Values.close 1e-13 a b "gradient") (values loss) (values other))

          errors ]
