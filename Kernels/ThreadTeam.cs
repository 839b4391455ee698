using System.Runtime.ExceptionServices;

namespace Fluxion.Kernels;

/// <summary>
/// The helper threads. Parts are claimed one at a time by whoever is free, the caller included, so a helper that the
/// operating system does not schedule costs nothing: the others take its parts.
/// </summary>
/// <remarks>
/// <c>Parallel.For</c> was rejected: 11 µs and several allocations a call. Waiting is bounded on both sides: a short
/// spin, since the next product of a training step follows within microseconds, then sleep, since spinning threads on
/// a busy machine were seen to stall each other for milliseconds.
/// </remarks>
internal static unsafe class ThreadTeam
{
    /// <summary>Turns of about 250 ns: some 50 µs, a few times what waking a sleeper costs.</summary>
    const int SpinTurns = 200;

    static readonly object door = new();
    static readonly object finish = new();
    static int helpers;
    static int busy;

    // The job in hand. Written before `unclaimed`, read after a part of it was claimed: it cannot end before that
    // part does.
    static delegate* <void*, int, void> function;
    static void* argument;
    static ParallelWork? work;
    static ExceptionDispatchInfo? failure;
    static int wanted;
    static int unclaimed;
    static int unfinished;

    static int sleepers;
    static int callerSleeps;

    public static void Run(int parts, delegate* <void*, int, void> part, void* state, ParallelWork? managed)
    {
        var threads = Math.Min(Threads.Count, parts);
        if (threads <= 1 || Interlocked.CompareExchange(ref busy, 1, 0) != 0)
        {
            for (var i = 0; i < parts; i++)
                Call(part, state, managed, i);
            return;
        }
        try
        {
            Employ(threads - 1);
            function = part;
            argument = state;
            work = managed;
            failure = null;
            wanted = threads - 1;
            unfinished = parts;
            Interlocked.Exchange(ref unclaimed, parts);
            if (Volatile.Read(ref sleepers) > 0)
                lock (door)
                    Monitor.PulseAll(door);
            while (TryWorkOnce()) { }
            WaitForOthers();
            work = null;
            failure?.Throw();
        }
        finally
        {
            Volatile.Write(ref busy, 0);
        }
    }

    static void Call(delegate* <void*, int, void> part, void* state, ParallelWork? managed, int index)
    {
        if (managed is null)
            part(state, index);
        else
            managed.Run(index);
    }

    /// <summary>Claims a part and does it; false when none is left.</summary>
    static bool TryWorkOnce()
    {
        // Counting down in one word, so that a latecomer from an earlier job either sees nothing or claims a part of
        // the present one.
        int left;
        do
        {
            left = Volatile.Read(ref unclaimed);
            if (left == 0)
                return false;
        } while (Interlocked.CompareExchange(ref unclaimed, left - 1, left) != left);
        try
        {
            Call(function, argument, work, left - 1);
        }
        catch (Exception error)
        {
            failure = ExceptionDispatchInfo.Capture(error);
        }
        if (Interlocked.Decrement(ref unfinished) == 0 && Volatile.Read(ref callerSleeps) != 0)
            lock (finish)
                Monitor.PulseAll(finish);
        return true;
    }

    static void WaitForOthers()
    {
        for (var turn = 0; turn < SpinTurns; turn++)
        {
            if (Volatile.Read(ref unfinished) == 0)
                return;
            Pause(turn);
        }
        lock (finish)
        {
            Interlocked.Exchange(ref callerSleeps, 1);
            while (Volatile.Read(ref unfinished) != 0)
                Monitor.Wait(finish);
            Volatile.Write(ref callerSleeps, 0);
        }
    }

    /// <summary>
    /// Spins, and every few turns lets others run: on a busy machine the caller may be waiting for the very processor
    /// that its helper spins on, or the other way round. Without, products of 128³ to 256³ beside a busy second
    /// processor took 1.2 to 1.8 times one thread's time; with it, the same time.
    /// </summary>
    static void Pause(int turn)
    {
        if (turn % 8 == 7)
            Thread.Yield();
        else
            Thread.SpinWait(8);
    }

    static void Employ(int number)
    {
        for (; helpers < number; helpers++)
        {
            var index = helpers;
            new Thread(() => Help(index)) { IsBackground = true, Name = $"Fluxion helper {index + 1}" }.Start();
        }
    }

    static void Help(int index)
    {
        while (true)
        {
            for (var turn = 0; turn < SpinTurns; turn++)
            {
                if (index < Volatile.Read(ref wanted) && TryWorkOnce())
                    turn = 0;
                Pause(turn);
            }
            lock (door)
            {
                // Announced before the last look, as the caller looks at sleepers after it published: one of the two
                // sees the other.
                Interlocked.Increment(ref sleepers);
                if (Volatile.Read(ref unclaimed) == 0 || index >= Volatile.Read(ref wanted))
                    Monitor.Wait(door);
                Interlocked.Decrement(ref sleepers);
                // Woken, it looks around for a while even if the work is gone by now: waking takes longer than many a
                // product, and a helper that fell asleep again at once would come too late for each of a row of them.
            }
        }
    }
}
