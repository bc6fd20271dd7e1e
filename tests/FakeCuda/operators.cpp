// Operators of the fake device: each runs the CPU's kernel on the host twins of its arrays, in the order of its stream.
#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include "fake_cuda.h"

namespace fake {
namespace {

constexpr c10::DispatchKeySet kCuda(c10::DispatchKey::CUDA);

bool is_ours(const at::Tensor& tensor) { return tensor.defined() && tensor.is_cuda(); }

// Of the storage, where a tensor's marks of pending writes are kept.
const void* place(const at::Tensor& tensor) { return tensor.storage().data(); }

// The same array by its host addresses.
at::Tensor twin_of(const at::Tensor& tensor) {
  // An operator that needs more room than there is gets memory of its own; `original` sees that.
  const c10::Device cpu(c10::DeviceType::CPU);
  void* const host = tensor.storage().data() == nullptr ? nullptr : host_twin(tensor.storage().data());
  auto storage = c10::make_intrusive<c10::StorageImpl>(c10::StorageImpl::use_byte_size_t(), tensor.storage().nbytes(),
                                                       c10::DataPtr(host, cpu), c10::GetAllocator(c10::kCPU), true);
  auto twin = at::detail::make_tensor<c10::TensorImpl>(c10::Storage(std::move(storage)),
                                                       c10::DispatchKeySet(c10::DispatchKey::CPU), tensor.dtype());
  twin.unsafeGetTensorImpl()->set_sizes_and_strides(tensor.sizes(), tensor.strides(), tensor.storage_offset());
  if (tensor.is_conj()) twin._set_conj(true);
  if (tensor.is_neg()) twin._set_neg(true);
  return twin;
}

at::Tensor copy_to_device(const at::Tensor& cpu, int device) {
  const auto options = cpu.options().device(c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(device)));
  auto there = at::empty_strided(cpu.sizes(), cpu.strides(), options);
  if (cpu.numel() > 0) twin_of(there).copy_(cpu);
  return there;
}

// What came out on the CPU, on the device: the array that went in, a view of one, or a new one.
class Outputs {
 public:
  explicit Outputs(int device) : device_(device) {}

  at::Tensor twin(const at::Tensor& tensor) {
    if (!is_ours(tensor)) return tensor;
    check_readable(place(tensor), current_stream(tensor.device().index()));
    at::Tensor twin = twin_of(tensor);
    known_.emplace_back(tensor, twin);
    return twin;
  }

  at::Tensor original(const at::Tensor& cpu) const {
    if (!cpu.defined()) return cpu;
    for (const auto& [ours, twin] : known_)
      if (cpu.is_same(twin)) {
        const void* const data = cpu.storage().data();
        if (data != nullptr && device_twin(data) == nullptr) {
          resize_like(ours, cpu);
        } else {
          ours.unsafeGetTensorImpl()->set_sizes_and_strides(cpu.sizes(), cpu.strides(), cpu.storage_offset());
        }
        return ours;
      }
    for (const auto& [ours, twin] : known_) {
      if (!cpu.storage().is_alias_of(twin.storage())) continue;
      auto view = at::detail::make_tensor<c10::TensorImpl>(c10::TensorImpl::VIEW, c10::Storage(ours.storage()),
                                                           ours.key_set(), cpu.dtype());
      view._set_conj(cpu.is_conj());
      view._set_neg(cpu.is_neg());
      view.unsafeGetTensorImpl()->set_sizes_and_strides(cpu.sizes(), cpu.strides(), cpu.storage_offset());
      return view;
    }
    return copy_to_device(cpu, device_);
  }

 private:
  // An operator gave its `out` another shape, in memory of its own.
  static void resize_like(const at::Tensor& ours, const at::Tensor& cpu) {
    const at::Tensor fresh = copy_to_device(cpu, ours.device().index());
    ours.unsafeGetTensorImpl()->set_storage_keep_dtype(fresh.storage());
    ours.unsafeGetTensorImpl()->set_sizes_and_strides(fresh.sizes(), fresh.strides(), fresh.storage_offset());
  }

  int device_;
  std::vector<std::pair<at::Tensor, at::Tensor>> known_;
};

int device_of_arguments(const torch::jit::Stack& stack, size_t first) {
  for (size_t i = first; i < stack.size(); i++) {
    if (stack[i].isTensor() && is_ours(stack[i].toTensor())) return stack[i].toTensor().device().index();
    if (stack[i].isTensorList())
      for (const auto& tensor : stack[i].toTensorVector())
        if (is_ours(tensor)) return tensor.device().index();
    if (stack[i].isDevice() && stack[i].toDevice().is_cuda())
      return stack[i].toDevice().has_index() ? stack[i].toDevice().index() : current_device();
  }
  return current_device();
}

void fallback(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const size_t count = op.schema().arguments().size();
  const size_t first = stack->size() - count;
  const int device = device_of_arguments(*stack, first);
  const auto stream = current_stream(device);
  wait_for(stream);
  Outputs outputs(device);
  for (size_t i = first; i < stack->size(); i++) {
    auto& value = (*stack)[i];
    if (value.isTensor()) {
      value = outputs.twin(value.toTensor());
    } else if (value.isTensorList()) {
      auto list = value.toTensorVector();
      for (auto& tensor : list) tensor = outputs.twin(tensor);
      value = c10::IValue(list);
    } else if (value.isList() && value.toList().elementType()->kind() == c10::TypeKind::OptionalType) {
      c10::List<c10::optional<at::Tensor>> twins;
      for (const c10::IValue& item : value.toListRef())
        twins.push_back(item.isTensor() ? c10::optional<at::Tensor>(outputs.twin(item.toTensor())) : c10::nullopt);
      value = c10::IValue(twins);
    } else if (value.isDevice() && value.toDevice().is_cuda()) {
      value = c10::Device(c10::DeviceType::CPU);
    }
  }
  occupy(device, Engine::kCompute, control().kernel_us * 1000, [&] {
    control().kernels++;
    op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  });
  for (auto& value : *stack) {
    if (&value < &(*stack)[stack->size() - op.schema().returns().size()]) continue;
    if (value.isTensor()) {
      value = outputs.original(value.toTensor());
    } else if (value.isTensorList()) {
      auto list = value.toTensorVector();
      for (auto& tensor : list) tensor = outputs.original(tensor);
      value = c10::IValue(list);
    }
  }
}

at::Tensor empty(at::IntArrayRef sizes, c10::optional<at::ScalarType> dtype, c10::optional<at::Layout>,
                 c10::optional<at::Device> device, c10::optional<bool>, c10::optional<at::MemoryFormat> format) {
  const c10::OptionalDeviceGuard guard(device);
  return at::detail::empty_generic(sizes, device_allocator(), kCuda, c10::dtype_or_default(dtype), format);
}

at::Tensor empty_strided(at::IntArrayRef sizes, at::IntArrayRef strides, c10::optional<at::ScalarType> dtype,
                         c10::optional<at::Layout>, c10::optional<at::Device> device, c10::optional<bool>) {
  const c10::OptionalDeviceGuard guard(device);
  return at::detail::empty_strided_generic(sizes, strides, device_allocator(), kCuda, c10::dtype_or_default(dtype));
}

// Copies between dense arrays of one dtype are queued where that is asked for; all others wait.
at::Tensor& copy(at::Tensor& self, const at::Tensor& src, bool non_blocking) {
  if (self.numel() == 0) return self;
  const bool in = !is_ours(src), out = !is_ours(self);
  const int device = out ? src.device().index() : self.device().index();
  const auto stream = current_stream(device);
  const auto to = out ? self : twin_of(self), from = in ? src : twin_of(src);
  const int64_t bytes = static_cast<int64_t>(self.nbytes());
  const int64_t nanoseconds = in || out ? control().copy_ns_per_kib * bytes / 1024 : 0;
  const Engine engine = in ? Engine::kIn : out ? Engine::kOut : Engine::kCompute;
  if (in) control().copies_in++, control().bytes_in += bytes;
  if (out) control().copies_out++, control().bytes_out += bytes;
  const bool plain = to.is_contiguous() && from.is_contiguous() && to.sizes() == from.sizes() &&
                     to.scalar_type() == from.scalar_type() && !from.is_conj() && !from.is_neg();
  if (!out) check_readable(place(self), stream);
  if (!in) check_readable(place(src), stream);
  if (!non_blocking || !plain || (!in && !out)) {
    wait_for(stream);
    if (!in && !out && src.device() != self.device()) wait_for(current_stream(src.device().index()));
    occupy(device, engine, nanoseconds, [&] { to.copy_(from); });
    return self;
  }
  // Nothing but the order of its own stream keeps a block from being used again too early.
  if (stream_of(place(in ? self : src)) != stream) control().races++;
  if (!is_pinned(in ? from.data_ptr() : to.data_ptr())) control().pageable++;
  if (out) std::memset(to.data_ptr(), 0x5A, to.nbytes());  // who reads before the stream was waited for sees this
  const void* target = in ? place(self) : nullptr;
  if (target != nullptr) begin_write(target, stream);
  // Plain addresses: as with the real one, it is for the caller to keep the memory until the stream was waited for.
  enqueue(stream, [=, to = to.data_ptr(), from = from.data_ptr()] {
    occupy(device, engine, nanoseconds, [&] { std::memcpy(to, from, static_cast<size_t>(bytes)); });
    if (target != nullptr) end_write(target);
  });
  return self;
}

}  // namespace

TORCH_LIBRARY_IMPL(_, CUDA, library) { library.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>()); }

TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  library.impl("empty.memory_format", &empty);
  library.impl("empty_strided", &empty_strided);
  library.impl("copy_", &copy);
  // It would choose among kernels by the device.
  library.impl("convolution_backward", torch::CppFunction::makeFromBoxedFunction<&fallback>());
}

}  // namespace fake
