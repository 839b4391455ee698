namespace Fluxion

open System
open System.Collections
open System.Collections.Concurrent
open System.Collections.Generic
open System.Reflection
open System.Runtime.CompilerServices
open System.Text
open FSharp.Reflection
open Structure

/// Parameters as any F# record, tuple, list, array, option or union of expressions, nested as you like: a gradient has the same form as what
/// it is the gradient by. For C#, its records, lists and dictionaries as well.
/// Fields of other types (sizes, names, functions) ride along unchanged.
module Params =
    let private forms = ConcurrentDictionary<Type, Structure>()

    // Calls a constructor by reflection, which is ready at once; what FSharpValue precomputes is compiled first.
    let private construct (info: ConstructorInfo) : objnull[] -> objnull =
        let invoker = ConstructorInvoker.Create info
        fun fields -> invoker.Invoke(Span<objnull> fields)

    let private tupleConstructor (t: Type) : objnull[] -> objnull =
        match FSharpValue.PreComputeTupleConstructorInfo t with
        | info, None -> construct info
        // Eight elements or more are a tuple in a tuple.
        | _, Some _ -> FSharpValue.PreComputeTupleConstructor t

    // What is made of its fields alone.
    let private anew (construct: objnull[] -> objnull) : objnull -> objnull[] -> objnull = fun _ -> construct

    let private properties (infos: PropertyInfo[]) (value: objnull) (i: int) : objnull = infos[i].GetValue value

    let private membersOf =
        BindingFlags.Instance
        ||| BindingFlags.Public
        ||| BindingFlags.NonPublic
        ||| BindingFlags.DeclaredOnly

    // The compiler gives each record of C#, class or struct, a method that prints its members, and anonymous types their names.
    let private isClassRecord (t: Type) =
        t.Name.StartsWith "<>f__AnonymousType"
        || not (isNull (t.GetMethod("PrintMembers", membersOf, [| typeof<StringBuilder> |])))

    // All fields, the base's first, in order of declaration, which their tokens follow: behind properties, too.
    let rec private fieldsOf (t: Type) : FieldInfo[] =
        match t.BaseType with
        | null -> [||]
        | parent -> Array.append (fieldsOf parent) (t.GetFields membersOf |> Array.sortBy _.MetadataToken)

    // The field of an auto-property is called <Name>k__BackingField, that of an anonymous type <Name>i__Field.
    let private nameOf (field: FieldInfo) =
        if field.Name.StartsWith '<' then
            field.Name[1 .. field.Name.IndexOf '>' - 1]
        else
            field.Name

    let private copyOf: objnull -> objnull =
        match typeof<obj>.GetMethod("MemberwiseClone", membersOf) with
        | null -> id
        | clone -> fun value -> clone.Invoke(value, null)

    let private classRecord (formOf: Type -> Structure) (t: Type) : Structure =
        let fields = fieldsOf t

        let write (old: objnull) (values: objnull[]) =
            let copy = copyOf old
            Array.iter2 (fun (field: FieldInfo) value -> field.SetValue(copy, value)) fields values
            copy

        fields
        |> Array.map (fun field -> formOf field.FieldType)
        |> product (fun value i -> fields[i].GetValue value) write (Array.map nameOf fields)

    // C#'s lists: whatever holds the items of a read-only one becomes an array.
    let private listOf (t: Type) (item: Type) (form: Structure) : Structure =
        let write (items: objnull list) : objnull =
            let made: IList =
                if t.IsInterface then
                    Array.CreateInstance(item, items.Length)
                else
                    unbox<IList>(Activator.CreateInstance t)

            items
            |> List.iteri (fun i value -> if t.IsInterface then made[i] <- value else made.Add value |> ignore)

            box made

        sequence (fun value -> [ for item in unbox<IEnumerable> value -> item ]) write form

    let private dictionaryOf (value: Type) (form: Structure) : Structure =
        let pair = typedefof<KeyValuePair<_, _>>.MakeGenericType(typeof<string>, value)
        let made = typedefof<Dictionary<_, _>>.MakeGenericType(typeof<string>, value)

        let read (name: string) : objnull -> objnull =
            match pair.GetProperty name with
            | null -> id
            | property -> property.GetValue

        let key, item = read "Key", read "Value"

        dictionary
            (fun value -> [ for entry in unbox<IEnumerable> value -> unbox<string>(key entry), item entry ])
            (fun () -> unbox<IDictionary>(Activator.CreateInstance made))
            form

    // Data that ride along are not looked through.
    let private unlessOpaque (make: Structure -> Structure) (item: Structure) : Structure =
        if obj.ReferenceEquals(item, opaque) then
            opaque
        else
            orNull (make item)

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

        let isAny (definitions: Type list) = definitions |> List.exists isGeneric

        if t = typeof<Expr> then
            leaf
        elif typeof<ILeaf>.IsAssignableFrom t then
            shown
        elif FSharpType.IsTuple t then
            let elements = FSharpType.GetTupleElements t
            let names = Array.init elements.Length string

            product (fun value i -> (unbox<ITuple> value)[i]) (anew (tupleConstructor t)) names (Array.map formOf elements)
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
                (anew (construct (FSharpValue.PreComputeRecordConstructorInfo(t, true))))
                names
                (fields |> Array.map (fun field -> formOf field.PropertyType))
        elif FSharpType.IsUnion(t, true) then
            let case (info: UnionCaseInfo) =
                let fields = info.GetFields()

                product
                    (properties fields)
                    (anew (FSharpValue.PreComputeUnionConstructor(info, true)))
                    (fields |> Array.map (fun field -> field.Name))
                    (fields |> Array.map (fun field -> formOf field.PropertyType))

            union (FSharpValue.PreComputeUnionTagReader(t, true)) (FSharpType.GetUnionCases(t, true) |> Array.map case)
        elif isAny [ typedefof<List<_>>; typedefof<IList<_>>; typedefof<IReadOnlyList<_>> ] then
            let item = t.GenericTypeArguments[0]
            formOf item |> unlessOpaque (listOf t item)
        elif
            isAny [ typedefof<Dictionary<_, _>>; typedefof<IDictionary<_, _>>; typedefof<IReadOnlyDictionary<_, _>> ]
            && t.GenericTypeArguments[0] = typeof<string>
        then
            let value = t.GenericTypeArguments[1]
            formOf value |> unlessOpaque (dictionaryOf value)
        elif isGeneric typedefof<Nullable<_>> then
            formOf t.GenericTypeArguments[0] |> unlessOpaque id
        elif isClassRecord t then
            orNull (classRecord formOf t)
        else
            opaque

    let private formOf (t: Type) : Structure = formWithin [] t

    /// Whether a type is none that expressions are looked for in.
    let internal isOpaque<'p> : bool = obj.ReferenceEquals(formOf typeof<'p>, opaque)

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
