namespace Fluxion.Tests

open Fluxion

/// Tensors the slow way, by lists of indices: what strides, views and broadcasts are checked against.
module Reference =
    /// Every index of a shape, in row-major order.
    let rec indices (shape: Shape) : int list list =
        match shape with
        | [] -> [ [] ]
        | size :: inner ->
            [ for i in 0 .. size - 1 do
                  for rest in indices inner -> i :: rest ]

    /// Where an index stands among the elements.
    let position (shape: Shape) (index: int list) : int = List.fold2 (fun position size i -> position * size + i) 0 shape index

    /// The element at an index.
    let at (array: NDArray) (index: int list) : float = array.Floats[position array.Shape index]

    /// The element that broadcasting puts at an index of a larger shape.
    let broadcastAt (array: NDArray) (index: int list) : float =
        let own = List.skip (index.Length - array.Shape.Length) index
        at array (List.map2 (fun size i -> if size = 1 then 0 else i) array.Shape own)

    /// NumPy's rule, from its manual: walk both shapes from the right; sizes agree, or one is 1 or missing.
    let broadcast (left: Shape) (right: Shape) : Shape option =
        let rec join left right =
            match left, right with
            | [], rest
            | rest, [] -> Some rest
            | a :: left, b :: right when a = b || b = 1 -> join left right |> Option.map (fun rest -> a :: rest)
            | 1 :: left, b :: right -> join left right |> Option.map (fun rest -> b :: rest)
            | _ -> None

        join (List.rev left) (List.rev right) |> Option.map List.rev

    /// The product of matrices and vectors, an element at a time.
    let matmul (left: NDArray) (right: NDArray) : Shape * float list =
        let columnVector, rowVector = right.Shape.Length = 1, left.Shape.Length = 1
        let a = if rowVector then NDArray.reshape (1 :: left.Shape) left else left

        let b =
            if columnVector then
                NDArray.reshape (right.Shape @ [ 1 ]) right
            else
                right

        let outer (array: NDArray) = List.take (array.Shape.Length - 2) array.Shape
        let last (array: NDArray) = List.skip (array.Shape.Length - 2) array.Shape
        let inner = (last a)[1]
        let batch = broadcast (outer a) (outer b) |> Option.defaultValue []

        // The last two indices are given, the ones before are broadcast.
        let entry (array: NDArray) index row column =
            let own = List.skip (List.length index - (outer array).Length) index
            let own = List.map2 (fun size i -> if size = 1 then 0 else i) (outer array) own
            at array (own @ [ row; column ])

        let elements =
            [ for index in indices batch do
                  for row in 0 .. (last a)[0] - 1 do
                      for column in 0 .. (last b)[1] - 1 ->
                          List.sum [ for k in 0 .. inner - 1 -> entry a index row k * entry b index k column ] ]

        let shape =
            [ yield! batch
              if not rowVector then
                  (last a)[0]
              if not columnVector then
                  (last b)[1] ]

        shape, elements

    /// The positions that Python's `start:stop:step` takes from an axis, from the language reference: clip, then count.
    let slice (size: int) (start: int option) (stop: int option) (step: int) : int list =
        let clip low high value = max low (min high (if value < 0 then value + size else value))

        if step > 0 then
            let first = start |> Option.map (clip 0 size) |> Option.defaultValue 0
            let stop = stop |> Option.map (clip 0 size) |> Option.defaultValue size
            List.unfold (fun i -> if i < int64 stop then Some(int i, i + int64 step) else None) (int64 first)
        else
            let first = start |> Option.map (clip -1 (size - 1)) |> Option.defaultValue (size - 1)
            let stop = stop |> Option.map (clip -1 (size - 1)) |> Option.defaultValue -1
            List.unfold (fun i -> if i > int64 stop then Some(int i, i + int64 step) else None) (int64 first)
