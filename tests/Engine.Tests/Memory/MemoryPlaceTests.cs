using Torch2Jax.Errors;
using Torch2Jax.Memory;

namespace Torch2Jax.Tests.Memory;

public sealed class MemoryPlaceTests
{
    private readonly DeviceBudget first = new("cuda:0", 100);
    private readonly DeviceBudget second = new("cuda:1", 100);

    [Fact]
    public void A_call_has_its_bytes_until_it_ends()
    {
        var place = new MemoryPlace(first);
        using (place.Admit(Known(60)))
        {
            Assert.Equal((60, 1), (first.Reserved, first.InFlight));
            using (place.Admit(Known(40)))
            {
                Assert.Equal((100, 2), (first.Reserved, first.InFlight));
            }
        }
        Assert.Equal((0, 0), (first.Reserved, first.InFlight));
    }

    [Fact]
    public void What_never_fits_and_what_does_not_fit_now_are_told_apart_and_counted()
    {
        var place = new MemoryPlace(first);
        var never = Assert.Throws<MemoryException>(() => place.Admit(Known(101)));
        Assert.Equal(ErrorCode.ExecutionFailed, never.Code);
        Assert.Contains("needs 101 bytes", never.Message, StringComparison.Ordinal);
        Assert.Contains("may use 100 bytes on cuda:0", never.Message, StringComparison.Ordinal);
        using (place.Admit(Known(60)))
        {
            var now = Assert.Throws<MemoryException>(() => place.Admit(Known(41)));
            Assert.Equal(ErrorCode.Overloaded, now.Code);
            Assert.Contains("calls that run now need 60", now.Message, StringComparison.Ordinal);
        }
        place.Admit(Known(41)).Dispose();
        Assert.Equal((1, 1, 0L), (first.TooLarge, first.Overloaded, first.Reserved));
    }

    [Fact]
    public void A_call_on_several_devices_has_a_share_of_each_or_of_none()
    {
        var both = new MemoryPlace(first, second);
        using (both.Admit(Known(151)))
        {
            Assert.Equal((76, 76), (first.Reserved, second.Reserved));
            Assert.Equal((1, 1), (first.InFlight, second.InFlight));
        }
        using (new MemoryPlace(second).Admit(Known(70)))
        {
            Assert.Equal(ErrorCode.Overloaded, Assert.Throws<MemoryException>(() => both.Admit(Known(80))).Code);
            Assert.Equal((0, 0), (first.Reserved, first.InFlight));
        }
        Assert.Equal((0, 0), (second.Reserved, second.InFlight));
    }

    [Fact]
    public void What_depends_on_data_is_let_in_alone_however_much_it_once_needed()
    {
        var place = new MemoryPlace(first);
        using (place.Admit(new MemoryEstimate(10, 500, EstimateBasis.DynamicPeak)))
        {
            Assert.Equal(100, first.Reserved);
            Assert.Equal(ErrorCode.Overloaded, Assert.Throws<MemoryException>(() => place.Admit(Known(1))).Code);
        }
        Assert.Equal(0, first.Reserved);
    }

    [Fact]
    public void Without_a_limit_calls_are_only_counted()
    {
        var free = new DeviceBudget("cpu", 0);
        using var lease = new MemoryPlace(free).Admit(Known(long.MaxValue));
        Assert.Equal((0, 1), (free.Reserved, free.InFlight));
    }

    [Fact]
    public void Sizes_beyond_64_bits_are_too_large_and_nothing_worse()
    {
        var estimate = new MemoryEstimate(long.MaxValue, long.MaxValue, EstimateBasis.Outputs);
        var huge = new DeviceBudget("cpu", long.MaxValue);
        foreach (var device in (DeviceBudget[])[first, huge])
        {
            var error = Assert.Throws<MemoryException>(() => new MemoryPlace(device).Admit(estimate));
            Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
            Assert.Equal((0, 0), (device.Reserved, device.InFlight));
        }
    }

    [Fact]
    public void Many_threads_never_have_more_than_the_limit_and_leave_nothing_behind()
    {
        var place = new MemoryPlace(first, second);
        var most = 0L;
        Parallel.For(
            0,
            8,
            seed =>
            {
                var random = new Random(seed);
                for (var i = 0; i < 20_000; i++)
                {
                    try
                    {
                        using var lease = place.Admit(Known(random.Next(1, 150)));
                        var reserved = first.Reserved;
                        if (reserved > Volatile.Read(ref most))
                        {
                            Volatile.Write(ref most, reserved);
                        }
                    }
                    catch (MemoryException)
                    {
                        // Others had it.
                    }
                }
            }
        );
        Assert.InRange(most, 1, 100);
        Assert.Equal((0, 0, 0, 0), (first.Reserved, second.Reserved, first.InFlight, second.InFlight));
    }

    private static MemoryEstimate Known(long bytes) => new(0, bytes, EstimateBasis.Peak);
}
