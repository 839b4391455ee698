namespace Fluxion

/// A named input of an expression. Two variables are the same when name and serial are: the user's have serial 0 and are known by
/// name; those that transforms make have a serial of their own, so that they can never be mistaken for the user's.
[<Struct>]
type Variable = { Name: string; Serial: int64 }

/// What keeps the value of a variable and takes its gradients: a parameter of C#, at one moment.
[<AbstractClass>]
type internal Source() =
    /// The variable's value, which never changes.
    abstract Value: NDArray
    /// What the parameter is worth now.
    abstract Current: NDArray
    /// An array of the value's shape and type that nobody reads any more, for a gradient to be written over; null when there is none.
    abstract Spare: unit -> NDArray | null
    /// Takes a gradient. `isOwn` says that nobody else holds its array.
    abstract Accumulate: gradient: NDArray * isOwn: bool -> unit

/// A variable, and what keeps its value, if anything does.
[<Sealed>]
type internal Input(variable: Variable, source: Source | null) =
    member _.Variable = variable
    member _.Source = source
