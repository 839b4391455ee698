module Fluxion.Tests.LogicTests

open Fluxion

let private truths (x: Expr) = (Expr.value (eval x)).Ints |> List.ofArray
let private numbers = tensor [ 1.0; infinity; -infinity; nan ]

let tests =
    testList
        "Logic"
        [ testCase "what numbers are" (fun () ->
              Expect.equal (truths (Expr.isNaN numbers)) [ 0L; 0L; 0L; 1L ] "isNaN"
              Expect.equal (truths (Expr.isInf numbers)) [ 0L; 1L; 1L; 0L ] "isInf"
              Expect.equal (truths (Expr.isFinite numbers)) [ 1L; 0L; 0L; 0L ] "isFinite")

          testCase "tables of truth" (fun () ->
              let x, y = Expr.isFinite (tensor [ 1.0; 1.0; nan; nan ]), Expr.isFinite (tensor [ 1.0; nan; 1.0; nan ])
              Expect.equal (truths (Expr.logicalAnd x y)) [ 1L; 0L; 0L; 0L ] "and"
              Expect.equal (truths (Expr.logicalOr x y)) [ 1L; 1L; 1L; 0L ] "or"
              Expect.equal (truths (Expr.logicalXor x y)) [ 0L; 1L; 1L; 0L ] "xor"
              Expect.equal (truths (Expr.logicalNot x)) [ 0L; 0L; 1L; 1L ] "not")

          testCase "numbers are no truths" (fun () ->
              let error = Expect.throws<DTypeException> (fun () -> Expr.logicalNot numbers |> ignore) "not of numbers"
              Expect.isTrue (error.Message.StartsWith "logicalNot: a bool tensor is needed") error.Message) ]
