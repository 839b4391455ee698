/// What people read when something does not fit: the whole sentence, word by word.
module Fluxion.Tests.ErrorsTests

open System
open Fluxion

let private raises<'e when 'e :> exn> name (message: string) (action: unit -> Expr) =
    testCase name (fun () ->
        let error = Expect.throws<'e> (action >> ignore) name
        Expect.equal error.Message message "message")

let private vector size = Expr.variable "x" [ size ]

let private shapes =
    testList
        "shapes"
        [ raises<ShapeException>
              "matmul, where the right one transposed would do"
              "matmul: inner dimensions must agree, but left is [32, 784] and right is [128, 784]; transpose the right operand?"
              (fun () -> Expr.matmul (zeros [ 32; 784 ]) (zeros [ 128; 784 ]))

          raises<ShapeException>
              "matmul, where the left one transposed would do"
              "matmul: inner dimensions must agree, but left is [3, 2] and right is [3, 4]; transpose the left operand?"
              (fun () -> Expr.matmul (zeros [ 3; 2 ]) (zeros [ 3; 4 ]))

          raises<ShapeException>
              "matmul by a scalar"
              "matmul: both operands need at least one axis, but left is [2, 2] and right is []; multiply by a scalar with *?"
              (fun () -> Expr.matmul (zeros [ 2; 2 ]) (scalar 1.0))

          raises<ShapeException>
              "add"
              "add: sizes must agree, or be 1, counted from the last axis, but left is [3] and right is [4]; reshape or transpose one of them?"
              (fun () -> vector 3 + vector 4)

          raises<ShapeException>
              "broadcast"
              "broadcast: the tensor's sizes must be those of [2, 4], or 1, counted from the last axis, but it is [3]; reshape it first?"
              (fun () -> Expr.broadcastTo [ 2; 4 ] (vector 3))

          raises<ShapeException>
              "reshape"
              "reshape: [2, 2] holds 4 elements and the tensor must too, but it is [3] with 3; check the sizes?"
              (fun () -> Expr.reshape [ 2; 2 ] (vector 3))

          raises<ShapeException>
              "reshape with an unknown size"
              "reshape: one size may be -1, and the others must divide the number of elements, but the tensor is [3] and the shape is [2, -1]; give every size?"
              (fun () -> Expr.reshape [ 2; -1 ] (vector 3))

          raises<ShapeException>
              "index"
              "slice: an index along axis 0 of [3] must lie between -3 and 2, but it is 3; check the axis?"
              (fun () -> (vector 3)[3])

          raises<ShapeException>
              "too many indices"
              "slice: there must be no more indices than axes of [3], but 2 were given; leave the others out?"
              (fun () -> (vector 3)[0, 0])

          raises<ArgumentException> "a step of 0" "slice: the step must not be 0, but it is 0; use -1 to go backwards?" (fun () ->
              Expr.slice [ Slice.Range(None, None, 0) ] (vector 3))

          raises<ShapeException>
              "concat"
              "concat: shapes must agree but for axis 0, but they are [2, 3] and [2, 4]; use Expr.stack to add a new axis?"
              (fun () -> Expr.concat 0 [ zeros [ 2; 3 ]; zeros [ 2; 4 ] ])

          raises<ShapeException>
              "an axis of a scalar"
              "sum: an axis must be one of the tensor's, but axis is 0 and a scalar has none; leave the axis out?"
              (fun () -> Expr.sumOver [ 0 ] (scalar 1.0))

          raises<ShapeException>
              "zeros of a negative size"
              "zeros: every axis must have size 0 or more, but the shape is [-1]; give the sizes in full?"
              (fun () -> zeros [ -1 ])

          raises<ShapeException>
              "a negative size"
              "variable: every axis must have size 0 or more, but the shape is [2, -1]; give the sizes in full?"
              (fun () -> Expr.variable "variable" [ 2; -1 ]) ]

let private types =
    testList
        "element types"
        [ raises<DTypeException>
              "mixed"
              "add: arguments must have one element type, but left is float64 [3] and right is float32 [3]; convert one with Expr.cast?"
              (fun () -> vector 3 + Expr.variableOf "y" DType.Float32 [ 3 ])

          raises<DTypeException>
              "an integer where a float is needed"
              "exp: a floating-point tensor is needed, but it is int32; convert it with Expr.cast DType.Float64?"
              (fun () -> exp (tensor [ 1; 2 ]))

          raises<DTypeException>
              "half of an integer"
              "literal: a number beside a tensor of int32 must be whole, but it is 0.5; cast the tensor with Expr.cast DType.Float64?"
              (fun () -> tensor [ 1; 2 ] * 0.5)

          raises<DTypeException> "where" "where: the condition must be bool, but it is float64; compare it, as in Expr.less x y?" (fun () ->
              Expr.where (vector 3) (vector 3) (vector 3))

          raises<DTypeException>
              "gather by floats"
              "gather: indices must be int32 or int64, but they are float64; convert them with Expr.cast DType.Int64?"
              (fun () -> Expr.gather 0 (vector 3) (vector 3)) ]

let private values =
    testList
        "values"
        [ raises<ArgumentException>
              "gather outside"
              "gather: an index must lie in 0 .. 2, but it is 5; check the data, or the axis?"
              (fun () -> eval (Expr.gather 0 (tensor [ 5 ]) (zeros [ 3 ])))

          raises<ArgumentException>
              "integer division by 0"
              "divide: an integer divisor must not be 0, but it is 0; cast to float64, where x/0 is infinite?"
              (fun () -> eval (tensor [ 1 ] / tensor [ 0 ]))

          raises<ArgumentException>
              "an unknown name"
              "evalWith: 'z' must be a variable of the expression, but its variables are 'x'; check the spelling?"
              (fun () -> evalWith [ "z", scalar 1.0 ] (vector 3))

          raises<ArgumentException>
              "a name where there is none"
              "evalWith: 'z' must be a variable of the expression, but it has no variables; check the spelling?"
              (fun () -> evalWith [ "z", scalar 1.0 ] (scalar 2.0))

          raises<ArgumentException>
              "a name given twice"
              "evalWith: each variable may be given once, but 'x' is given twice; drop one?"
              (fun () -> evalWith [ "x", zeros [ 3 ]; "x", ones [ 3 ] ] (vector 3))

          raises<UnboundInputException>
              "a variable without a value"
              "eval: variable 'x' needs a value, but no variable has one; give it one with evalWith, or with compile?"
              (fun () -> eval (vector 3))

          raises<UnboundInputException>
              "another variable has one"
              "eval: variable 'x' needs a value, but only 'y' have; give it one with evalWith, or with compile?"
              (fun () -> evalWith [ "y", scalar 1.0 ] (vector 3 * Expr.variable "y" []))

          raises<ShapeException>
              "a value of another shape"
              "eval: variable 'x' is float64 [3], but its value is float64 [2]; give a value of that shape and type?"
              (fun () -> evalWith [ "x", tensor [ 1.0; 2.0 ] ] (vector 3))

          raises<InvalidOperationException>
              "the value of what is not evaluated"
              "value: a constant is needed, but the expression is x; call eval first?"
              (fun () -> Expr.constant (Expr.value (vector 3))) ]

let private derivatives =
    testList
        "derivatives"
        [ raises<ShapeException>
              "of what is not a scalar"
              "grad: the function must give a scalar, but it gives [3]; sum or mean it, or use jacobian?"
              (fun () -> grad (fun (x: Expr) -> x * x) (vector 3))

          raises<NotDifferentiableException>
              "by integers"
              "gradient: only float32 and float64 have derivatives, but x is int32; cast it before it enters?"
              (fun () -> grad (fun (x: Expr) -> Expr.sum (Expr.cast DType.Float64 x)) (tensor [ 1; 2 ]))

          raises<NotDifferentiableException>
              "a Jacobian by integers, which goes forward"
              "tangent: only float32 and float64 have derivatives, but x is int32; cast it before it enters?"
              (fun () -> jacobian (Expr.cast DType.Float64) (tensor [ 1; 2 ]))

          raises<NotDifferentiableException>
              "of integers"
              "grad: only float32 and float64 have derivatives, but the result is int64; cast it?"
              (fun () -> grad (fun (x: Expr) -> Expr.argMax 0 x) (vector 3))

          raises<DTypeException>
              "a tangent of another element type"
              "jvp: the tangent of x must be float64 [3], but it is float32 [3]; give it the same shape and type?"
              (fun () -> fst (jvp (fun (x: Expr) -> x * x) (vector 3) (Expr.cast DType.Float32 (vector 3))))

          raises<DTypeException>
              "a value of another element type"
              "eval: variable 'a' is float64 [3], but its value is float32 [3]; give a value of that shape and type?"
              (fun () -> evalWith [ "a", Expr.cast DType.Float32 (zeros [ 3 ]) ] (Expr.variable "a" [ 3 ]))

          raises<ShapeException>
              "a tangent of another shape"
              "jvp: the tangent of x must be float64 [3], but it is float64 []; give it the same shape and type?"
              (fun () -> fst (jvp (fun (x: Expr) -> x * x) (vector 3) (scalar 1.0)))

          raises<ShapeException>
              "a Hessian of what is not a scalar"
              "hessian: the function must give a scalar, but it gives [3]; sum or mean it, or use jacobian?"
              (fun () -> hessian (fun (x: Expr) -> x * x) (vector 3))

          raises<ShapeException>
              "a vector of another shape"
              "hvp: the vector of x must be float64 [3], but it is float64 []; give it the same shape and type?"
              (fun () -> hvp (fun (x: Expr) -> Expr.sum x) (vector 3) (scalar 1.0))

          raises<ArgumentException>
              "by a plain number"
              "grad: the point must hold tensors, but it is the number 1; make it one with scalar?"
              (fun () -> grad (fun (x: float) -> scalar x) 1.0 |> scalar)

          raises<ArgumentException>
              "options of a solver that say nothing"
              "lbfgs: tolerances must be 0 or more, and the memory 1 or more, but they are 1E-08, 1E-14 and 0; start from MinimizeOptions.defaults?"
              (fun () -> (Minimize.lbfgs { MinimizeOptions.defaults with Memory = 0 } Expr.sum (zeros [ 2 ])).Point)

          raises<ArgumentException>
              "options of a fit that say nothing"
              "gaussNewton: tolerances must be 0 or more, and the first step's length positive, but they are NaN, 2.2E-16 and 1; start from LeastSquaresOptions.defaults?"
              (fun () -> (Minimize.gaussNewton { LeastSquaresOptions.defaults with GradientTolerance = nan } id (zeros [ 2 ])).Point)

          raises<ShapeException>
              "mapping over a scalar"
              "vmap: every argument needs an axis to map over, but 1 is a scalar; close over it instead?"
              (fun () -> vmap (fun (x: Expr) -> x * x) (scalar 1.0)) ]

let tests = testList "Errors" [ shapes; types; values; derivatives ]
