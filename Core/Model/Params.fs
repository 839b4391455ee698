namespace Fluxion

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Reflection
open System.Runtime.CompilerServices
open FSharp.Reflection

/// What parameters hold, in order.
[<Sealed>]
type internal Contents() =
    /// Every expression.
    member val Expressions = List<Expr>()
    /// Everything else, and what tells the form: lengths, and cases of unions.
    member val Fixed = List<objnull>()

/// Expressions that are taken one after another.
[<Sealed>]
type private Supply(expressions: Expr[]) =
    let mutable next = 0

    member _.Next() : Expr =
        if next = expressions.Length then
            Errors.argument "Params" "there must be one expression for each leaf" "they ran out" "give as many as Params.toList did?"

        next <- next + 1
        expressions[next - 1]

    member _.Rest = expressions.Length - next

/// How a type of parameters comes apart into expressions, and back together.
type private Structure =
    {
        /// Every expression inside, in order, each with its path.
        Take: objnull -> string -> (string * Expr) list
        /// Adds all that is inside, in order, to contents.
        Visit: objnull -> Contents -> unit
        /// The same structure around other expressions.
        Put: objnull -> Supply -> objnull
    }

/// Parameters as any F# record, tuple, list, array, option or union of expressions, nested as you like: a gradient has the same form as what
/// it is the gradient by.
/// Fields of other types (sizes, names, functions) ride along unchanged.
module Params =
    let private forms = ConcurrentDictionary<Type, Structure>()

    let private leaf =
        { Take = fun value path -> [ path, unbox<Expr> value ]
          Visit = fun value contents -> contents.Expressions.Add(unbox<Expr> value)
          Put = fun _ supply -> box (supply.Next()) }

    let private opaque =
        { Take = fun _ _ -> []
          Visit = fun value contents -> contents.Fixed.Add value
          Put = fun value _ -> value }

    let private join path name = if path = "" then name else $"{path}.{name}"

    // Records and tuples: fields by name, in order. Fields are read one by one, since an array of them would be made at every call of a compiled function.
    let private product (read: objnull -> int -> objnull) (write: objnull[] -> objnull) (names: string[]) (fields: Structure[]) =
        { Take =
            fun value path ->
                [ for i in 0 .. fields.Length - 1 do
                      yield! fields[i].Take (read value i) (join path names[i]) ]
          Visit =
            fun value contents ->
                for i in 0 .. fields.Length - 1 do
                    fields[i].Visit (read value i) contents
          Put = fun value supply -> write (Array.init fields.Length (fun i -> fields[i].Put (read value i) supply)) }

    let private sequence (read: objnull -> objnull list) (write: objnull list -> objnull) (element: Structure) =
        { Take =
            fun value path ->
                read value
                |> List.indexed
                |> List.collect (fun (i, item) -> element.Take item (join path (string i)))
          // With the count in front, [1; 2] beside [3] is not [1] beside [2; 3].
          Visit =
            fun value contents ->
                let items = read value
                contents.Fixed.Add(box items.Length)

                for item in items do
                    element.Visit item contents
          Put = fun value supply -> read value |> List.map (fun item -> element.Put item supply) |> write }

    // Options and other unions: the fields of the case at hand, which is itself part of what is fixed.
    let private union (tagOf: objnull -> int) (cases: Structure[]) =
        { Take = fun value path -> cases[tagOf value].Take value path
          Visit =
            fun value contents ->
                let tag = tagOf value
                contents.Fixed.Add(box tag)
                cases[tag].Visit value contents
          Put = fun value supply -> cases[tagOf value].Put value supply }

    // Calls a constructor by reflection, which is ready at once; what FSharpValue precomputes is compiled first.
    let private construct (info: ConstructorInfo) : objnull[] -> objnull =
        let invoker = ConstructorInvoker.Create info
        fun fields -> invoker.Invoke(Span<objnull> fields)

    let private tupleConstructor (t: Type) : objnull[] -> objnull =
        match FSharpValue.PreComputeTupleConstructorInfo t with
        | info, None -> construct info
        // Eight elements or more are a tuple in a tuple.
        | _, Some _ -> FSharpValue.PreComputeTupleConstructor t

    let private properties (infos: PropertyInfo[]) (value: objnull) (i: int) : objnull = infos[i].GetValue value

    // `making` holds the types on the way here: one that holds itself, as a tree does, is looked up when it is used.
    let rec private formWithin (making: Type list) (t: Type) : Structure =
        match forms.TryGetValue t with
        | true, form -> form
        | _ when List.contains t making ->
            { Take = fun value path -> (formWithin [] t).Take value path
              Visit = fun value contents -> (formWithin [] t).Visit value contents
              Put = fun value supply -> (formWithin [] t).Put value supply }
        | _ ->
            let form = derive (t :: making) t
            forms[t] <- form
            form

    and private derive (making: Type list) (t: Type) : Structure =
        let formOf = formWithin making
        let isGeneric (definition: Type) = t.IsGenericType && t.GetGenericTypeDefinition() = definition

        if t = typeof<Expr> then
            leaf
        elif FSharpType.IsTuple t then
            let elements = FSharpType.GetTupleElements t
            let names = Array.init elements.Length string

            product (fun value i -> (unbox<ITuple> value)[i]) (tupleConstructor t) names (Array.map formOf elements)
        elif t.IsArray && t.GetArrayRank() = 1 then
            let element = t.GetElementType() |> Option.ofObj |> Option.get

            let write (items: objnull list) =
                let array = Array.CreateInstance(element, items.Length)
                items |> List.iteri (fun i item -> array.SetValue(item, i))
                box array

            sequence (fun value -> [ for item in unbox<Array> value -> item ]) write (formOf element)
        elif isGeneric typedefof<list<_>> then
            let empty, cons = FSharpType.GetUnionCases t |> fun cases -> cases[0], cases[1]

            let write items =
                List.foldBack (fun item tail -> FSharpValue.MakeUnion(cons, [| item; tail |])) items (FSharpValue.MakeUnion(empty, [||]))

            sequence (fun value -> [ for item in unbox<Collections.IEnumerable> value -> item ]) write (formOf t.GenericTypeArguments[0])
        elif FSharpType.IsRecord(t, true) then
            let fields = FSharpType.GetRecordFields(t, true)
            let names = fields |> Array.map (fun field -> field.Name)

            product
                (properties fields)
                (construct (FSharpValue.PreComputeRecordConstructorInfo(t, true)))
                names
                (fields |> Array.map (fun field -> formOf field.PropertyType))
        elif FSharpType.IsUnion(t, true) then
            let case (info: UnionCaseInfo) =
                let fields = info.GetFields()

                product
                    (properties fields)
                    (FSharpValue.PreComputeUnionConstructor(info, true))
                    (fields |> Array.map (fun field -> field.Name))
                    (fields |> Array.map (fun field -> formOf field.PropertyType))

            union (FSharpValue.PreComputeUnionTagReader(t, true)) (FSharpType.GetUnionCases(t, true) |> Array.map case)
        else
            opaque

    let private formOf (t: Type) : Structure = formWithin [] t
    let private take (parameters: 'p) = (formOf typeof<'p>).Take (box parameters) ""

    /// Adds all that is inside to contents.
    let internal visit (parameters: 'p) (contents: Contents) : unit = (formOf typeof<'p>).Visit (box parameters) contents

    let private contentsOf (parameters: 'p) : Contents =
        let contents = Contents()
        visit parameters contents
        contents

    /// The expressions inside, in order of declaration.
    let toList (parameters: 'p) : Expr list = List.ofSeq (contentsOf parameters).Expressions

    /// The expressions inside, each with its dotted path: `Hidden.Weight`, `0.Bias`.
    let named (parameters: 'p) : (string * Expr) list = take parameters

    /// The same structure around other expressions.
    let internal ofArray (like: 'p) (expressions: Expr[]) : 'p =
        let supply = Supply expressions
        let rebuilt = (formOf typeof<'p>).Put (box like) supply

        if supply.Rest > 0 then
            Errors.argument
                "Params"
                "there must be one expression for each leaf"
                $"{supply.Rest} were left over"
                "give as many as Params.toList did?"

        unbox<'p> rebuilt

    /// The same structure around other expressions, in the same order. Raises ArgumentException when there are not as many.
    let ofList (like: 'p) (expressions: Expr list) : 'p = ofArray like (Array.ofList expressions)

    /// What is inside beside expressions: two structures of one type with the same fixed parts and types build the same expression.
    let internal fixedParts (parameters: 'p) : objnull list = List.ofSeq (contentsOf parameters).Fixed

    /// A function applied to every expression inside.
    let map (f: Expr -> Expr) (parameters: 'p) : 'p = toList parameters |> List.map f |> ofList parameters

    /// A function applied to the expressions of two structures of one form, pair by pair.
    /// Raises ArgumentException when one holds more than the other.
    let map2 (f: Expr -> Expr -> Expr) (left: 'p) (right: 'p) : 'p =
        let ours, theirs = toList left, toList right

        if ours.Length <> theirs.Length then
            Errors.argument
                "Params.map2"
                "both must hold as many expressions"
                $"left holds {ours.Length} and right {theirs.Length}"
                "take both from one model?"

        List.map2 f ours theirs |> ofList left

    /// The number of elements in all.
    let count (parameters: 'p) : int = toList parameters |> List.sumBy (fun x -> Shape.size x.Shape)
