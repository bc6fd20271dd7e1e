namespace Torch2Jax.Isolation;

/// <summary>The programs used last, newest first: what a new worker is warmed up with.</summary>
internal sealed class RecentPrograms
{
    private const int Most = 16;

    private readonly Lock gate = new();
    private readonly LinkedList<IsolatedProgram> programs = new();
    private IsolatedProgram? newest;

    public IReadOnlyList<IsolatedProgram> All
    {
        get
        {
            lock (gate)
            {
                return [.. programs];
            }
        }
    }

    public void Used(IsolatedProgram program)
    {
        if (Volatile.Read(ref newest) == program)
        {
            return;
        }
        lock (gate)
        {
            programs.Remove(program);
            programs.AddFirst(program);
            newest = program;
            if (programs.Count > Most)
            {
                programs.RemoveLast();
            }
        }
    }

    public void Remove(IsolatedProgram program)
    {
        lock (gate)
        {
            programs.Remove(program);
            newest = programs.First?.Value;
        }
    }
}
