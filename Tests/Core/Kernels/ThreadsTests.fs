module Fluxion.Tests.ThreadsTests

open System
open System.Threading
open System.Threading.Tasks
open Fluxion.Kernels

type private Work(run: int -> unit) =
    inherit ParallelWork()
    override _.Run part = run part

let private withThreads count f = Paths.on (Simd.Width, count) f

let tests =
    testList
        "Kernels/Threads"
        [ testCase "each part runs once, however many parts and threads"
          <| fun () ->
              for threads in [ 1; 2; 3; 7 ] do
                  withThreads threads (fun () ->
                      for parts in [ 0; 1; 2; 3; 100; 1000 ] do
                          let runs = Array.zeroCreate<int> parts
                          Threads.For(parts, Work(fun part -> Interlocked.Increment(&runs[part]) |> ignore))
                          Expect.sequenceEqual runs (Array.create parts 1) $"{parts} parts on {threads} threads")

          testCase "many short loops one after the other, some after the helpers fell asleep"
          <| fun () ->
              withThreads 2 (fun () ->
                  for round in 1..2000 do
                      let mutable sum = 0
                      let total = [| 0 |]
                      Threads.For(5, Work(fun part -> Interlocked.Add(&total[0], part) |> ignore))
                      sum <- sum + total[0]
                      Expect.equal sum 10 $"round {round}"

                      if round % 500 = 0 then
                          Thread.Sleep 20)

          testCase "a loop within a loop, and loops from many threads, finish"
          <| fun () ->
              withThreads 3 (fun () ->
                  let total = [| 0 |]
                  let inner = Work(fun _ -> Interlocked.Increment(&total[0]) |> ignore)

                  Parallel.For(0, 8, fun _ -> Threads.For(10, Work(fun _ -> Threads.For(10, inner)))) |> ignore

                  Expect.equal total[0] 800 "turns")

          testCase "an exception of a part reaches the caller, and the team works on"
          <| fun () ->
              withThreads 2 (fun () ->
                  let failing =
                      Work(fun part ->
                          if part = 3 then
                              invalidOp "part 3")

                  let e = Expect.throws<InvalidOperationException> (fun () -> Threads.For(8, failing)) "a failing part"
                  Expect.equal e.Message "part 3" "message"
                  let total = [| 0 |]
                  Threads.For(8, Work(fun _ -> Interlocked.Increment(&total[0]) |> ignore))
                  Expect.equal total[0] 8 "turns afterwards")

          testCase "a count below one is refused"
          <| fun () ->
              let e = Expect.throws<ArgumentOutOfRangeException> (fun () -> Threads.Count <- 0) "zero threads"
              Expect.isTrue (e.Message.Contains "Threads.Count") e.Message

          testCase "an unsupported width is refused"
          <| fun () -> Expect.throws<PlatformNotSupportedException> (fun () -> Simd.Use(enum 1024)) "1024 bits" |> ignore ]
