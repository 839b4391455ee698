namespace Fluxion.Testing

open Fluxion

/// Numbers for tests that are the same for the same key on every machine.
module Arrays =
    /// What a domain adds to each element of a tensor: to the diagonals of its matrices.
    let diagonal (domain: Domain) (shape: Shape) : int -> float =
        match List.rev shape with
        | columns :: rows :: _ when domain.Diagonal <> 0.0 ->
            fun i ->
                let row, column = i / columns % rows, i % columns
                if row = column then float (row + 1) * domain.Diagonal else 0.0
        | _ -> fun _ -> 0.0

    /// Numbers of a domain: uniform in its interval, integers among its whole numbers.
    let draw (key: int64) (domain: Domain) (tensorType: TensorType) : NDArray =
        let count = Shape.size tensorType.Shape
        let uniform i = Philox.uniform key (int64 i)

        if tensorType.DType.IsFloating then
            let added = diagonal domain tensorType.Shape

            NDArray.ofFloats
                tensorType.DType
                tensorType.Shape
                (Array.init count (fun i -> domain.Low + (domain.High - domain.Low) * uniform i + added i))
        else
            let low, high = ceil (max 0.0 domain.Low), floor domain.High

            NDArray.ofInts
                tensorType.DType
                tensorType.Shape
                (Array.init count (fun i -> int64 (low + floor ((high - low + 1.0) * uniform i))))
