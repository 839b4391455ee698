module Fluxion.Bench.Program

[<EntryPoint>]
let main _ = 0
