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

    /// The number of colours used.
    let count (colours: int[]) : int = if colours.Length = 0 then 0 else Array.max colours + 1

    /// Columns of one colour share no row. (Curtis, Powell and Reid, "On the estimation of sparse Jacobian matrices", 1974.)
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
