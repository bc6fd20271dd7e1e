using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>
/// The memory that connections read into and write from: blocks of 64 KiB in place of the server's 4 KiB, so that an array
/// of megabytes takes a sixteenth of the system calls. A connection holds one while it waits: asking first whether there is
/// something to read would be a system call more for each request.
/// </summary>
internal sealed class ConnectionMemory : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options) => new Pool();

    private sealed class Pool : MemoryPool<byte>
    {
        public const int BlockSize = 64 * 1024;

        // Beyond these, blocks are left to the collector.
        private const int MaxKept = 128;

        private readonly System.Collections.Concurrent.ConcurrentQueue<Block> free = new();
        private int kept;

        public override int MaxBufferSize => BlockSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
            if (!free.TryDequeue(out var block))
            {
                return new Block(this);
            }

            Interlocked.Decrement(ref kept);
            return block;
        }

        protected override void Dispose(bool disposing) => free.Clear();

        private void Return(Block block)
        {
            if (Interlocked.Increment(ref kept) <= MaxKept)
            {
                free.Enqueue(block);
                return;
            }

            Interlocked.Decrement(ref kept);
        }

        // Pinned, since the kernel writes into it while nobody holds a reference to the array itself.
        private sealed class Block(Pool pool) : IMemoryOwner<byte>
        {
            private readonly byte[] bytes = GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true);

            public Memory<byte> Memory => bytes;

            public void Dispose() => pool.Return(this);
        }
    }
}
