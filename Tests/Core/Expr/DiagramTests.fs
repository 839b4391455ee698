module Fluxion.Tests.DiagramTests

open System.Text.RegularExpressions
open Fluxion

let private lines (text: string) = text.Split '\n' |> List.ofArray
let private count (pattern: string) (text: string) = Regex.Matches(text, pattern).Count

let private a, w, X = Expr.variable "a" [], Expr.variable "w" [ 3 ], Expr.variable "X" [ 50; 3 ]

let tests =
    let odd = Expr.variable "a\"b\\<c>#`&\n" []

    testList
        "Diagram"
        [ testCase "Graphviz" (fun () ->
              Expect.equal
                  (lines (Print.graphviz (a - w * a)))
                  [ "digraph expression {"
                    "    graph [ordering=in];"
                    "    n0 [label=\"a\\nfloat64 []\", shape=ellipse];"
                    "    n1 [label=\"w\\nfloat64 [3]\", shape=ellipse];"
                    "    n2 [label=\"multiply\\nfloat64 [3]\", shape=box];"
                    "    n3 [label=\"subtract\\nfloat64 [3]\", shape=box];"
                    "    n1 -> n2;"
                    "    n0 -> n2;"
                    "    n0 -> n3;"
                    "    n2 -> n3;"
                    "}" ]
                  "the lines")

          testCase "Mermaid" (fun () ->
              Expect.equal
                  (lines (Print.mermaid (Expr.sumOver [ 0 ] (2.0 * X))))
                  [ "flowchart TD"
                    "    n0(\"2\")"
                    "    n1([\"X<br/>float64 [50, 3]\"])"
                    "    n2[\"multiply<br/>float64 [50, 3]\"]"
                    "    n3[\"sum axes=[0]<br/>float64 [3]\"]"
                    "    n0 --> n2"
                    "    n1 --> n2"
                    "    n2 --> n3" ]
                  "the lines")

          testCase "labels are escaped" (fun () ->
              Expect.isTrue ((Print.graphviz odd).Contains "label=\"a\\\"b\\\\<c>#`&\\n\\nfloat64 []\"") (Print.graphviz odd)

              Expect.isTrue
                  ((Print.mermaid odd).Contains "([\"a#quot;b\\#lt;c#gt;#35;#96;#amp;<br/><br/>float64 []\"])")
                  (Print.mermaid odd))

          testCase "a large graph is cut, and says so" (fun () ->
              let chain = Seq.fold (fun sum _ -> sum + a) a (seq { 1..1000 })

              for text, arrow in [ Print.graphviz chain, " -> "; Print.mermaid chain, " --> " ] do
                  Expect.equal (count arrow text) 200 "arrows"
                  Expect.equal (count "cut short" text) 1 "the note"
                  Expect.equal (count "…" text) 2 "the node that is cut, and the note") ]
