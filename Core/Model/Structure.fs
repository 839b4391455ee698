namespace Fluxion

open System
open System.Collections
open System.Collections.Generic

/// What parameters hold, in order.
[<Sealed>]
type internal Contents() =
    /// Every expression.
    member val Expressions = List<Expr>()
    /// Everything else, and what tells the form: lengths, cases of unions, keys of dictionaries.
    member val Fixed = List<objnull>()

/// Expressions that are taken one after another.
[<Sealed>]
type internal Supply(expressions: Expr[]) =
    let mutable next = 0

    member _.Next() : Expr =
        if next = expressions.Length then
            Errors.argument "Params" "there must be one expression for each leaf" "they ran out" "give as many as Params.toList did?"

        next <- next + 1
        expressions[next - 1]

    member _.Rest = expressions.Length - next

/// An expression as another language shows it, such as Api's tensor: a leaf, as the expression itself is.
type internal ILeaf =
    abstract Expression: Expr
    /// Another expression, shown the same way.
    abstract Around: Expr -> ILeaf

/// How a type of parameters comes apart into expressions, and back together.
type internal Structure =
    {
        /// Every expression inside, in order, each with its path.
        Take: objnull -> string -> (string * Expr) list
        /// Adds all that is inside, in order, to contents.
        Visit: objnull -> Contents -> unit
        /// The same structure around other expressions.
        Put: objnull -> Supply -> objnull
    }

/// The kinds of structure that there are.
module internal Structure =
    let leaf =
        { Take = fun value path -> [ path, unbox<Expr> value ]
          Visit = fun value contents -> contents.Expressions.Add(unbox<Expr> value)
          Put = fun _ supply -> box (supply.Next()) }

    // What a collection holds may have been changed since it was last seen, and it is still the same object.
    let rec private visitData (value: objnull) (contents: Contents) : unit =
        match value with
        | :? ICollection as items ->
            contents.Fixed.Add(items.GetType())
            contents.Fixed.Add(box items.Count)

            for item in items do
                visitData item contents
        | other -> contents.Fixed.Add other

    /// What holds no expression.
    let opaque =
        { Take = fun _ _ -> []
          Visit = visitData
          Put = fun value _ -> value }

    let private isThere, isNotThere = box true, box false

    /// A structure that may be null: how C# leaves out what is not there, a layer's bias say.
    let orNull (structure: Structure) =
        { Take = fun value path -> if isNull value then [] else structure.Take value path
          Visit =
            fun value contents ->
                contents.Fixed.Add(if isNull value then isNotThere else isThere)

                if not (isNull value) then
                    structure.Visit value contents
          Put = fun value supply -> if isNull value then null else structure.Put value supply }

    /// A leaf in another language.
    let shown =
        orNull
            { Take = fun value path -> [ path, (unbox<ILeaf> value).Expression ]
              Visit = fun value contents -> contents.Expressions.Add (unbox<ILeaf> value).Expression
              Put = fun value supply -> box ((unbox<ILeaf> value).Around(supply.Next())) }

    let private join path name = if path = "" then name else $"{path}.{name}"

    /// Records and tuples: fields by name, in order. `write` takes the old value and new fields. Fields are read one by one, since an array of them would be made at every call of a compiled function.
    let product (read: objnull -> int -> objnull) (write: objnull -> objnull[] -> objnull) (names: string[]) (fields: Structure[]) =
        { Take =
            fun value path ->
                [ for i in 0 .. fields.Length - 1 do
                      yield! fields[i].Take (read value i) (join path names[i]) ]
          Visit =
            fun value contents ->
                for i in 0 .. fields.Length - 1 do
                    fields[i].Visit (read value i) contents
          Put = fun value supply -> write value (Array.init fields.Length (fun i -> fields[i].Put (read value i) supply)) }

    /// Items in order, known by their numbers.
    let sequence (read: objnull -> objnull list) (write: objnull list -> objnull) (element: Structure) =
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

    /// Options and other unions: the fields of the case at hand, which is itself part of what is fixed.
    let union (tagOf: objnull -> int) (cases: Structure[]) =
        { Take = fun value path -> cases[tagOf value].Take value path
          Visit =
            fun value contents ->
                let tag = tagOf value
                contents.Fixed.Add(box tag)
                cases[tag].Visit value contents
          Put = fun value supply -> cases[tagOf value].Put value supply }

    /// A dictionary: its values by key. They come in the order of the keys, so that two with the same keys are of one form however they were filled.
    let dictionary (read: objnull -> (string * objnull) list) (create: unit -> IDictionary) (element: Structure) =
        let sorted value =
            read value |> List.sortWith (fun (left, _) (right, _) -> String.CompareOrdinal(left, right))

        { Take = fun value path -> sorted value |> List.collect (fun (key, item) -> element.Take item (join path key))
          Visit =
            fun value contents ->
                let items = sorted value
                contents.Fixed.Add(box items.Length)

                for key, item in items do
                    contents.Fixed.Add key
                    element.Visit item contents
          Put =
            fun value supply ->
                let made = dict [ for key, item in sorted value -> key, element.Put item supply ]
                let result = create ()

                for key, _ in read value do
                    result.Add(key, made[key])

                box result }
