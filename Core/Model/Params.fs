namespace Fluxion

open System
open System.Collections.Concurrent
open FSharp.Reflection

/// How a type of parameters comes apart into expressions, and back together.
type private Structure =
    {
        /// Every expression inside, in order, each with its path.
        Take: objnull -> string -> (string * Expr) list
        /// Everything else inside, in order: what rides along.
        Fixed: objnull -> objnull list
        /// The same structure around other expressions; gives what was left over.
        Put: objnull -> Expr list -> objnull * Expr list
    }

/// Parameters as any F# record, tuple, list, array, option or union of expressions, nested as you like: a gradient has the same form as what
/// it is the gradient by.
/// Fields of other types (sizes, names, functions) ride along unchanged.
module Params =
    let private forms = ConcurrentDictionary<Type, Structure>()

    let private leaf =
        { Take = fun value path -> [ path, unbox<Expr> value ]
          Fixed = fun _ -> []
          Put =
            fun _ rest ->
                match rest with
                | next :: rest -> box next, rest
                | [] ->
                    Errors.argument
                        "Params"
                        "there must be one expression for each leaf"
                        "they ran out"
                        "give as many as Params.toList did?" }

    let private opaque =
        { Take = fun _ _ -> []
          Fixed = fun value -> [ value ]
          Put = fun value rest -> value, rest }

    let private join path name = if path = "" then name else $"{path}.{name}"

    // Records and tuples: fields by name, in order.
    let private product (read: objnull -> objnull[]) (write: objnull[] -> objnull) (names: string[]) (fields: Structure[]) =
        { Take =
            fun value path ->
                [ for name, field, form in Array.zip3 names (read value) fields do
                      yield! form.Take field (join path name) ]
          Fixed =
            fun value ->
                [ for field, form in Array.zip (read value) fields do
                      yield! form.Fixed field ]
          Put =
            fun value rest ->
                let fields, rest =
                    Array.mapFold (fun rest (field, (form: Structure)) -> form.Put field rest) rest (Array.zip (read value) fields)

                write fields, rest }

    let private sequence (read: objnull -> objnull list) (write: objnull list -> objnull) (element: Structure) =
        { Take =
            fun value path ->
                read value
                |> List.indexed
                |> List.collect (fun (i, item) -> element.Take item (join path (string i)))
          // With the count in front, [1; 2] beside [3] is not [1] beside [2; 3].
          Fixed = fun value -> box (read value).Length :: (read value |> List.collect element.Fixed)
          Put =
            fun value rest ->
                let items, rest = List.mapFold (fun rest item -> element.Put item rest) rest (read value)
                write items, rest }

    // Options and other unions: the fields of the case at hand, which is itself part of what is fixed.
    let private union (tagOf: objnull -> int) (cases: Structure[]) =
        { Take = fun value path -> cases[tagOf value].Take value path
          Fixed = fun value -> box (tagOf value) :: cases[tagOf value].Fixed value
          Put = fun value rest -> cases[tagOf value].Put value rest }

    // `making` holds the types on the way here: one that holds itself, as a tree does, is looked up when it is used.
    let rec private formWithin (making: Type list) (t: Type) : Structure =
        match forms.TryGetValue t with
        | true, form -> form
        | _ when List.contains t making ->
            { Take = fun value path -> (formWithin [] t).Take value path
              Fixed = fun value -> (formWithin [] t).Fixed value
              Put = fun value rest -> (formWithin [] t).Put value rest }
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

            product
                (unbox >> FSharpValue.PreComputeTupleReader t)
                (FSharpValue.PreComputeTupleConstructor t)
                names
                (Array.map formOf elements)
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
                (unbox >> FSharpValue.PreComputeRecordReader(t, true))
                (FSharpValue.PreComputeRecordConstructor(t, true))
                names
                (fields |> Array.map (fun field -> formOf field.PropertyType))
        elif FSharpType.IsUnion(t, true) then
            let case (info: UnionCaseInfo) =
                let fields = info.GetFields()

                product
                    (FSharpValue.PreComputeUnionReader(info, true))
                    (FSharpValue.PreComputeUnionConstructor(info, true))
                    (fields |> Array.map (fun field -> field.Name))
                    (fields |> Array.map (fun field -> formOf field.PropertyType))

            union (FSharpValue.PreComputeUnionTagReader(t, true)) (FSharpType.GetUnionCases(t, true) |> Array.map case)
        else
            opaque

    let private formOf (t: Type) : Structure = formWithin [] t
    let private take (parameters: 'p) = (formOf typeof<'p>).Take (box parameters) ""

    /// The expressions inside, in order of declaration.
    let toList (parameters: 'p) : Expr list = take parameters |> List.map snd

    /// The expressions inside, each with its dotted path: `Hidden.Weight`, `0.Bias`.
    let named (parameters: 'p) : (string * Expr) list = take parameters

    /// The same structure around other expressions, in the same order. Raises ArgumentException when there are not as many.
    let ofList (like: 'p) (expressions: Expr list) : 'p =
        let rebuilt, rest = (formOf typeof<'p>).Put (box like) expressions

        if not rest.IsEmpty then
            Errors.argument
                "Params"
                "there must be one expression for each leaf"
                $"{rest.Length} were left over"
                "give as many as Params.toList did?"

        unbox<'p> rebuilt

    /// What is inside beside expressions: two structures with the same paths, types and fixed parts build the same expression.
    let internal fixedParts (parameters: 'p) : objnull list = (formOf typeof<'p>).Fixed(box parameters)

    /// A function applied to every expression inside.
    let map (f: Expr -> Expr) (parameters: 'p) : 'p = toList parameters |> List.map f |> ofList parameters

    /// A function applied to the expressions of two structures of one form, pair by pair.
    let map2 (f: Expr -> Expr -> Expr) (left: 'p) (right: 'p) : 'p = List.map2 f (toList left) (toList right) |> ofList left

    /// The number of elements in all.
    let count (parameters: 'p) : int = toList parameters |> List.sumBy (fun x -> Shape.size x.Shape)
