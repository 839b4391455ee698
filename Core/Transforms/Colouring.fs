namespace Fluxion

open System.Collections.Generic

/// Colours for the columns of a matrix, so that all columns of a colour can be found together, from their sum. Greedy: the fullest column first, each with the first
/// colour that is free. (Gebremedhin, Manne and Pothen, "What color is your Jacobian? Graph coloring for computing derivatives", 2005.)
module internal Colouring =
    // The vertices in turn: `forbid` sees a vertex and marks colours that it cannot have, `tell` the colour that it got.
    let private greedy (places: int[][]) (forbid: int[] -> int -> (int -> unit) -> unit) (tell: int -> int -> unit) : int[] =
        let colours = Array.create places.Length -1
        // For each colour the last vertex that may not have it.
        let forbidden = Array.create (places.Length + 1) -1

        // Within a length in order, for neighbours beside one another save colours.
        let order =
            [| 0 .. places.Length - 1 |]
            |> Array.groupBy (fun vertex -> places[vertex].Length)
            |> Array.sortByDescending fst
            |> Array.collect snd

        for vertex in order do
            forbid colours vertex (fun colour -> forbidden[colour] <- vertex)
            let mutable colour = 0

            while forbidden[colour] = vertex do
                colour <- colour + 1

            colours[vertex] <- colour
            tell vertex colour

        colours

    /// The number of colours used; -1 is none.
    let count (colours: int[]) : int = if colours.Length = 0 then 0 else Array.max colours + 1

    /// Columns of one colour share no row; those without places have colour -1. (Curtis, Powell and Reid, "On the estimation of sparse Jacobian matrices",
    /// 1974.)
    let columns (pattern: SparsityPattern) : int[] =
        let rowsOf = pattern.Transpose().ColumnsOf
        // The colours that a row has already: no vertex then looks at all the others in its rows.
        let inRow = Array.init pattern.RowCount (fun _ -> List<int>())

        greedy
            rowsOf
            (fun _ column forbid ->
                for row in rowsOf[column] do
                    for colour in inRow[row] do
                        forbid colour)
            (fun column colour ->
                for row in rowsOf[column] do
                    inRow[row].Add colour)
        |> Array.mapi (fun column colour -> if rowsOf[column].Length = 0 then -1 else colour)

    // The fullest rows, and the fewest colours that can be: one for each of these, and as many as the fullest of all others has places.
    let private fullestRows (pattern: SparsityPattern) : bool[] * int =
        let lengths = pattern.ColumnsOf |> Array.map _.Length
        let descending = Array.append (Array.sortDescending lengths) [| 0 |]
        let apart = Seq.init descending.Length id |> Seq.minBy (fun k -> k + descending[k])
        let isApart = Array.create lengths.Length false

        lengths
        |> Array.indexed
        |> Array.sortBy (fun (row, length) -> -length, row)
        |> Array.truncate apart
        |> Array.iter (fun (row, _) -> isApart[row] <- true)

        isApart, apart + descending[apart]

    /// Colours for columns and for rows, so that each place is alone in its row among the columns of its colour, or in its column among the rows of its colour; and
    /// whether it is that of its row. Mostly one kind has no colours. But a full row (or column) is taken apart from columns' (or rows') colours, all of which would
    /// else differ. (Coleman and Verma, "The efficient computation of sparse Jacobian matrices using automatic differentiation", 1998.)
    let bothWays (pattern: SparsityPattern) : int[] * int[] * (int -> int -> bool) =
        let mirrored = pattern.Transpose()
        let rowsApart, leastOfColumns = fullestRows pattern
        let columnsApart, leastOfRows = fullestRows mirrored
        let isMixed = Array.contains true

        let isByRow: int -> int -> bool =
            if (leastOfColumns, isMixed rowsApart) <= (leastOfRows, isMixed columnsApart) then
                fun row _ -> rowsApart[row]
            else
                fun _ column -> not columnsApart[column]

        columns (pattern.Where(fun row column -> not (isByRow row column))), columns (pattern.Where(isByRow).Transpose()), isByRow

    /// Colours for a symmetric matrix, fewer than `columns` needs: neighbours differ, and what stands between two vertices of one colour has a lower one. Of
    /// two places that mirror one another, one then stands alone in its row among the columns of its colour. (Powell and Toint, "On the estimation of sparse Hessian matrices",
    /// 1979; section 4 of the survey above, restricted star colouring.)
    let symmetric (pattern: SparsityPattern) : int[] =
        let neighbours = pattern.ColumnsOf
        let around = Array.init neighbours.Length (fun _ -> List<int>())

        greedy
            neighbours
            (fun colours vertex forbid ->
                for neighbour in neighbours[vertex] do
                    let own = colours[neighbour]

                    if own >= 0 then
                        forbid own

                    for colour in around[neighbour] do
                        // A neighbour without a colour may get a higher one yet.
                        if own < 0 || colour < own then
                            forbid colour)
            (fun vertex colour ->
                for neighbour in neighbours[vertex] do
                    if not (around[neighbour].Contains colour) then
                        around[neighbour].Add colour)

    /// For each place of a matrix whether no other in its row is of its column's colour.
    let alone (pattern: SparsityPattern) (colours: int[]) : bool[] =
        let inRow = Array.zeroCreate (count colours)

        [| for columns in pattern.ColumnsOf do
               for column in columns do
                   inRow[colours[column]] <- inRow[colours[column]] + 1

               for column in columns -> inRow[colours[column]] = 1

               for column in columns do
                   inRow[colours[column]] <- 0 |]
