namespace Fluxion

open System

/// Shapes that do not fit an op. Raised where the expression is built.
type ShapeException(message: string) =
    inherit ArgumentException(message)

/// Element types that do not fit an op, or that would have to mix. Raised where the expression is built.
type DTypeException(message: string) =
    inherit ArgumentException(message)

/// An expression was asked for its value while one of its variables has none.
type UnboundInputException(message: string) =
    inherit InvalidOperationException(message)

/// A derivative was asked for where none exists.
type NotDifferentiableException(message: string) =
    inherit InvalidOperationException(message)

/// Every error of Core is one sentence of one shape: where, what was required, what was given, one remedy.
module Errors =
    /// The sentence itself: `where: required, but given; remedy`.
    let sentence (place: string) (required: string) (given: string) (remedy: string) : string =
        $"{place}: {required}, but {given}; {remedy}"

    let internal shape place required given remedy : 'a = raise (ShapeException(sentence place required given remedy))

    let internal dtype place required given remedy : 'a = raise (DTypeException(sentence place required given remedy))

    let internal argument place required given remedy : 'a = raise (ArgumentException(sentence place required given remedy))

    let internal invalid place required given remedy : 'a = raise (InvalidOperationException(sentence place required given remedy))

    let internal unbound place required given remedy : 'a = raise (UnboundInputException(sentence place required given remedy))

    let internal notDifferentiable place required given remedy : 'a =
        raise (NotDifferentiableException(sentence place required given remedy))

    let internal format place required given remedy : 'a = raise (FormatException(sentence place required given remedy))
