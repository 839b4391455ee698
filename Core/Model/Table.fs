namespace Fluxion

open System
open System.Globalization
open System.IO
open System.IO.Compression
open CsvHelper

/// Numbers in named columns, as they stood in a file.
type Table =
    {
        /// The file's name, as errors show it.
        Source: string
        /// The names in the header, from the left.
        Columns: string list
        /// The line of the file that each row starts on, counted from 1.
        Lines: int[]
        /// Every cell: float64 [rows; columns], a constant.
        Values: Expr
    }

/// Reading tables and taking tensors from them.
module Table =
    let private cell (source: string) (line: int) (column: string) (text: string) : float =
        let place = $"{source} line {line}, column '{column}'"

        if String.IsNullOrWhiteSpace text then
            Errors.format place "a number is needed" "the cell is empty" "fill it in, or drop the row?"

        match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, value when Double.IsFinite value -> value
        | true, _ -> Errors.format place "a finite number is needed" $"it is '{text}'" "fill it in, or drop the row?"
        | _ -> Errors.format place "a number is needed" $"it is '{text}'" "write it as 1.5 or 1e-3?"

    let private headerOf (source: string) (fields: string[]) : string list =
        let place = $"{source} line 1"

        match fields |> Array.tryFindIndex String.IsNullOrWhiteSpace with
        | Some i -> Errors.format place "every column needs a name" $"column {i + 1} of {fields.Length} has none" "name it?"
        | None -> ()

        match fields |> Array.countBy id |> Array.tryFind (fun (_, count) -> count > 1) with
        | Some(name, count) -> Errors.format place "each column needs a name of its own" $"{count} are called '{name}'" "rename one?"
        | None -> List.ofArray fields

    let private rowOf (source: string) (columns: string list) (line: int) (fields: string[]) : float[] =
        if fields.Length < columns.Length then
            Errors.format
                $"{source} line {line}, column '{columns[fields.Length]}'"
                $"each line needs {columns.Length} fields, as the header has"
                $"it has {fields.Length}"
                "is the line, or the file, cut?"

        if fields.Length > columns.Length then
            Errors.format
                $"{source} line {line}"
                $"each line needs {columns.Length} fields, as the header has"
                $"it has {fields.Length}"
                "is there a comma inside a number?"

        columns |> List.mapi (fun i column -> cell source line column fields[i]) |> Array.ofList

    // Blank lines come through: only the caller knows whether there are columns enough to tell them from empty cells.
    let private options =
        CsvReaderOptions(
            HasHeader = false,
            Separator = ',',
            TrimWhitespace = true,
            SkipEmptyLines = false,
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Throw,
            FormatProvider = CultureInfo.InvariantCulture
        )

    let private records (source: string) (stream: Stream) : (int * string[]) list =
        use reader = CsvReader.Create(stream, options, false)

        try
            [ while reader.Read() do
                  int reader.LineNumber, Array.init reader.FieldCount reader.GetString ]
        with :? CsvFormatException as error ->
            Errors.format
                $"{source} line {error.LineNumber}"
                "quotes must stand around a whole field"
                "they do not"
                "double one that is inside a field, or close it?"

    // .NET's reader takes the end of a cut file for the end of the text. What gives it away are the last four bytes, which should count the text's: at
    // random they claim more than there is. (RFC 1952, section 2.3.1. Less is claimed when several gzipped parts stand in one file.)
    let private unzip (source: string) (zipped: byte[]) : byte[] =
        let refuse given =
            Errors.format source "a .gz file must hold a whole gzipped text" given "is it cut, or not compressed at all?"

        try
            use stream = new GZipStream(new MemoryStream(zipped), CompressionMode.Decompress)
            use text = new MemoryStream()
            stream.CopyTo text

            if
                zipped.Length < 18
                || text.Length < int64 (Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan(zipped, zipped.Length - 4, 4)))
            then
                refuse "its end is missing"

            text.ToArray()
        with :? InvalidDataException ->
            refuse "it does not unpack"

    let private parse (source: string) (stream: Stream) : Table =
        match records source stream with
        | []
        | [ _, [| "" |] ] -> Errors.format source "a first line with column names is needed" "the file is empty" "is it the right file?"
        | (_, header) :: rows ->
            let columns = headerOf source header
            // In a table of one column a blank line is an empty cell, which must not be passed over.
            let isBlank (fields: string[]) = columns.Length > 1 && fields.Length <= 1 && Array.forall ((=) "") fields
            let rows = rows |> List.filter (snd >> isBlank >> not)

            if rows.IsEmpty then
                Errors.format source "rows are needed below the column names" "there are none" "is the file cut?"

            let values = rows |> List.map (fun (line, fields) -> rowOf source columns line fields)

            { Source = source
              Columns = columns
              Lines = rows |> List.map fst |> Array.ofList
              Values = Expr.constant (NDArray([ rows.Length; columns.Length ], Buffer.Float64(Array.concat values))) }

    /// The table in a CSV file (gzipped when its name ends in .gz): a first line with column names, then one row of numbers a line, with `.`
    /// as the decimal point. All of it or nothing: raises FormatException, naming file, line and column, for a missing field, one too many, a
    /// cell that is empty or not a finite number, and names that are missing or doubled; IOException when the file cannot be read.
    let readCsv (path: string) : Table =
        let source = string (Path.GetFileName path)
        let bytes = File.ReadAllBytes path
        let isZipped = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
        use stream = new MemoryStream(if isZipped then unzip source bytes else bytes)
        parse source stream

    let private indexOf (table: Table) (name: string) : int =
        match table.Columns |> List.tryFindIndex ((=) name) with
        | Some index -> index
        | None ->
            let names = table.Columns |> List.map (fun known -> $"'{known}'") |> String.concat ", "
            Errors.format $"{table.Source} line 1" $"there must be a column '{name}'" $"the columns are {names}" "check the spelling?"

    /// One column: [rows]. Raises FormatException when no column has that name.
    let column (name: string) (table: Table) : Expr =
        Functions.eval (Expr.slice [ Slice.Range(None, None, 1); Slice.At(indexOf table name) ] table.Values)

    /// Columns side by side, in the order asked for: [rows; names]. Raises FormatException when no column has one of the names.
    let columns (names: string list) (table: Table) : Expr =
        let indices = names |> List.map (indexOf table >> int64) |> Array.ofList
        Functions.eval (Expr.gather 1 (Expr.constant (NDArray([ indices.Length ], Buffer.Int64 indices))) table.Values)

    /// A column of class numbers: int64 [rows]. Raises FormatException when no column has that name, and for a number that is not whole
    /// or is negative.
    let labels (name: string) (table: Table) : Expr =
        let values = column name table

        let wrong =
            (Expr.value values).Floats
            |> Array.tryFindIndex (fun value -> value < 0.0 || value <> Math.Floor value)

        match wrong with
        | Some row ->
            Errors.format
                $"{table.Source} line {table.Lines[row]}, column '{name}'"
                "a class must be a whole number from 0 on"
                $"it is {(Expr.value values).Floats[row]}"
                "take it with Table.column if it is no class?"
        | None -> Functions.eval (Expr.cast DType.Int64 values)

    /// All columns but one, as features: [rows; columns - 1]. Raises FormatException when no column has that name.
    let features (target: string) (table: Table) : Expr =
        indexOf table target |> ignore
        columns (table.Columns |> List.except [ target ]) table
