// The local build, for scripts: #load "fluxion.fsx" after `dotnet fsi build.fsx build`.
#I "../Core/bin/Release/net10.0"
#r "CsvHelper.dll"
#r "MathNet.Numerics.dll"
#r "Fluxion.Kernels.dll"
#r "Fluxion.Core.dll"
