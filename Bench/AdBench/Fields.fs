namespace Fluxion.Bench.AdBench

open System
open System.Globalization
open System.IO
open Fluxion

/// The numbers of a text file, one after another and with any white space between them. Every number is asked for by a name, which errors repeat.
[<Sealed>]
type Fields(source: string, reader: TextReader) =
    let mutable line = 0
    let mutable words: string[] = [||]
    let mutable next = 0

    let refuse (required: string) (given: string) (remedy: string) : 'a =
        raise (FormatException(Errors.sentence $"{source} line {line}" required given remedy))

    // A file of another kind may have words of any length.
    let shown (word: string) = if word.Length > 30 then word.Substring(0, 30) + "…" else word

    // The next word, or None at the file's end.
    let tryWord () : string option =
        let mutable isOver = false

        while next >= words.Length && not isOver do
            match reader.ReadLine() with
            | null -> isOver <- true
            | text ->
                line <- line + 1
                words <- text.Split(null: char[] | null) |> Array.filter ((<>) "")
                next <- 0

        if isOver then
            None
        else
            next <- next + 1
            Some words[next - 1]

    let word (name: string) : string =
        match tryWord () with
        | Some word -> word
        | None -> refuse $"{name} is needed" "the file ends here" "is it cut, or does the first line count wrongly?"

    /// The file's name.
    member _.Source = source

    /// A whole number that is at least `least`.
    member _.Whole(name: string, least: int) : int =
        let text = word name

        match Int32.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
        | true, value when value >= least -> value
        | _ -> refuse $"{name} must be a whole number, {least} or more" $"it is '{shown text}'" "is the file of another kind?"

    /// A finite number.
    member _.Number(name: string) : float =
        let text = word name

        match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, value when Double.IsFinite value -> value
        | _ -> refuse $"{name} must be a finite number" $"it is '{shown text}'" "is the file of another kind?"

    /// As many numbers as the shape holds, row after row.
    member this.Numbers(name: string, shape: Shape) : NDArray =
        this.RequireRoom(name, shape |> List.fold (fun size axis -> size * float axis) 1.0)
        let size = Shape.size shape
        // A list that grows, for the header may promise more than the file has.
        let values = Collections.Generic.List<float>()

        for i in 1..size do
            values.Add(this.Number $"{name}, number {i} of {size},")

        NDArray(shape, Buffer.Float64(values.ToArray()))

    /// Raises FormatException unless so many numbers fit in an array.
    member _.RequireRoom(name: string, count: float) : unit =
        if count > float Array.MaxLength then
            refuse
                $"{name} must have at most {Array.MaxLength} numbers"
                $"the first line asks for {count:G4}"
                "is the file of another kind?"

    /// Raises FormatException unless only white space is left.
    member _.End() : unit =
        match tryWord () with
        | Some text -> refuse "the file must end after its last number" $"'{shown text}' follows" "does the first line count wrongly?"
        | None -> ()

    /// The whole of a file, as `read` takes it apart. Raises FormatException, naming file, line and field, for what is missing, too much or no number.
    static member Read(path: string, read: Fields -> 'a) : 'a =
        use reader = new StreamReader(path)
        let fields = Fields(FileInfo(path).Name, reader)
        let result = read fields
        fields.End()
        result
