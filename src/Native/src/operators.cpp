#include "operators.h"

#include <torch/csrc/jit/runtime/operator.h>

#include "errors.h"

namespace t2j {
namespace {

constexpr const char* kFiles = "it reads or writes files";
constexpr const char* kGradMode = "it changes how gradients are recorded; derivatives are taken by transforms";
constexpr const char* kSeed = "it changes the generator of every caller; give the seed with the call";
constexpr const char* kMemory = "it gives out or takes over memory that was never written";
constexpr const char* kInternal = "it is internal to libtorch and trusts its arguments";
constexpr const char* kSparse = "sparse and nested tensors are not supported";
constexpr const char* kQuantized = "quantized tensors are not supported";
constexpr const char* kBackend = "it belongs to one device library; use the general operator";
constexpr const char* kAsync = "it runs outside the call";
constexpr const char* kNamed = "named tensors are not supported";
constexpr const char* kText = "libtorch may take forever over it; text is not what functions are for";
constexpr const char* kUnchecked = "libtorch does not check its arguments";

struct Rule {
  const char* name;
  const char* why;
};

constexpr Rule kNames[] = {
    {"from_file", kFiles},
    {"save", kFiles},
    {"load", kFiles},
    {"set_grad_enabled", kGradMode},
    {"requires_grad_", kGradMode},
    {"retain_grad", kGradMode},
    {"backward", kGradMode},
    {"grad", kGradMode},
    {"get_gradients", kGradMode},
    {"detach_", kGradMode},
    {"manual_seed", kSeed},
    {"seed", kSeed},
    {"initial_seed", kSeed},
    {"set_", kMemory},
    {"set", kMemory},
    {"set_data", kMemory},
    {"resize", kMemory},
    {"resize_", kMemory},
    {"resize_as", kMemory},
    {"resize_as_", kMemory},
    {"empty_strided", kMemory},
    {"new_empty_strided", kMemory},
    {"empty_permuted", kMemory},
    {"data_ptr", kMemory},
    {"untyped_storage", kMemory},
    {"lift", kInternal},
    {"lift_fresh", kInternal},
    {"convolution_overrideable", kInternal},
    {"pin_memory", kBackend},
    {"record_stream", kBackend},
    {"wait", kAsync},
    {"to_here", kAsync},
    {"local_value", kAsync},
    {"is_owner", kAsync},
    {"confirmed_by_owner", kAsync},
    {"hspmm", kSparse},
    {"smm", kSparse},
    {"sspaddmm", kSparse},
    {"coalesce", kSparse},
    {"indices", kSparse},
    {"crow_indices", kSparse},
    {"col_indices", kSparse},
    {"ccol_indices", kSparse},
    {"row_indices", kSparse},
    {"dense_dim", kSparse},
    {"to_padded_tensor", kSparse},
    {"int_repr", kQuantized},
    {"qscheme", kQuantized},
    {"choose_qparams_optimized", kQuantized},
    {"fused_moving_avg_obs_fake_quant", kQuantized},
    {"align_as", kNamed},
    {"align_tensors", kNamed},
    {"align_to", kNamed},
    {"refine_names", kNamed},
    {"rename", kNamed},
    {"rename_", kNamed},
    {"histogramdd", kUnchecked},
    {"native_batch_norm", kUnchecked},
    {"native_channel_shuffle", kUnchecked},
    {"rrelu_with_noise", kInternal},
    {"rrelu_with_noise_", kInternal},
    {"conv_depthwise3d", kInternal},
};

constexpr Rule kStarts[] = {
    {"mkldnn_", kBackend},    {"cudnn_", kBackend},       {"miopen_", kBackend},    {"to_mkldnn", kBackend},
    {"fbgemm_", kBackend},    {"xnnpack", kBackend},      {"vulkan", kBackend},     {"sparse_", kSparse},
    {"to_sparse", kSparse},   {"nested_", kSparse},       {"quantize", kQuantized}, {"quantized_", kQuantized},
    {"q_", kQuantized},       {"dequantize", kQuantized}, {"from_file", kFiles},    {"batch_norm_", kInternal},
    {"slow_conv", kInternal}, {"thnn_", kInternal},       {"sym_", kInternal},
};

constexpr Rule kParts[] = {{"backward", kInternal}, {"sparse", kSparse}, {"quantized", kQuantized},
                           {"autocast", kInternal}, {"_jvp", kInternal}, {"nested_tensor", kSparse},
                           {"Storage", kMemory}};

// Names that begin with an underscore are internal, but TorchScript's own syntax and the usual archives need these.
constexpr const char* kUnderscored[] = {
    "__and__",
    "__contains__",
    "__derive_index",
    "__getitem__",
    "__iand__",
    "__ilshift__",
    "__ior__",
    "__irshift__",
    "__is__",
    "__isnot__",
    "__ixor__",
    "__lshift__",
    "__not__",
    "__or__",
    "__range_length",
    "__round_to_zero_floordiv",
    "__rshift__",
    "__xor__",
    "_aminmax",
    "_cast_Byte",
    "_cast_Char",
    "_cast_Double",
    "_cast_Float",
    "_cast_Half",
    "_cast_Int",
    "_cast_Long",
    "_cast_Short",
    "_conj",
    "_convolution",
    "_convolution_mode",
    "_dim_arange",
    "_euclidean_dist",
    "_get_tracing_state",
    "_infer_size",
    "_list_to_tensor",
    "_local_scalar_dense",
    "_log_softmax",
    "_logcumsumexp",
    "_masked_softmax",
    "_native_multi_head_attention",
    "_pack_padded_sequence",
    "_pad_circular",
    "_pad_packed_sequence",
    "_reshape_from_tensor",
    "_sample_dirichlet",
    "_scaled_dot_product_attention",
    "_scaled_dot_product_attention_math",
    "_set_item",
    "_shape_as_tensor",
    "_size_if_not_equal",
    "_softmax",
    "_standard_gamma",
    "_tensor_to_list",
    "_to_copy",
    "_transformer_encoder_layer_fwd",
    "_trilinear",
    "_unique",
    "_unique2",
    "_unwrap_optional",
    "_upsample_bicubic2d_aa",
    "_upsample_bilinear2d_aa",
    "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d",
    "_upsample_nearest_exact3d",
    "_weight_norm",
};

constexpr const char* kPrim[] = {
    "Constant",
    "If",
    "Loop",
    "ListConstruct",
    "ListUnpack",
    "TupleConstruct",
    "TupleUnpack",
    "TupleIndex",
    "TupleSlice",
    "DictConstruct",
    "NamedTupleConstruct",
    "NumToTensor",
    "RaiseException",
    "Print",
    "Uninitialized",
    "unchecked_cast",
    "unchecked_unwrap_optional",
    "isinstance",
    "min",
    "max",
    "abs",
    "dtype",
    "device",
    "layout",
    "shape",
    "data",
    "is_cpu",
    "is_cuda",
    "is_meta",
    "is_nested",
    "is_quantized",
    "is_sparse",
    "is_sparse_csr",
    "is_mkldnn",
    "is_mps",
    "is_ort",
    "is_vulkan",
    "is_xpu",
    "is_ipu",
    "requires_grad",
    "rangelist",
    "StringIndex",
    "tolist",
    "ConstantChunk",
    "EnumName",
    "EnumValue",
    "type",
    "index",
    "name",
    "unchecked_index",
    "Return",
    "Param",
    "Store",
    "Load",
};

// `torch.add(x, y, out=z)`: the variants that resize and fill a tensor given to them check the least.
bool fills_given_tensor(const torch::jit::Node* node) {
  const auto* schema = node->maybeSchema();
  if (schema == nullptr) return false;
  const auto& arguments = schema->arguments();
  return std::any_of(arguments.begin(), arguments.end(), [](const c10::Argument& argument) {
    return argument.kwarg_only() && argument.alias_info() != nullptr && argument.alias_info()->isWrite();
  });
}

template <size_t N>
bool listed(const char* const (&names)[N], const std::string& name) {
  return std::any_of(std::begin(names), std::end(names), [&](const char* known) { return name == known; });
}

[[noreturn]] void refuse(const torch::jit::Node* node, const std::string& name, const char* why) {
  const auto where = source_line(node);
  fail(T2J_FORBIDDEN_OPERATOR,
       "the operator " + name + " is not allowed: " + why + (where.empty() ? "." : " (" + where + ")."));
}

void check_node(const torch::jit::Node* node) {
  const auto kind = node->kind();
  const std::string name = kind.toUnqualString();
  if (kind.is_aten()) {
    if (const char* why = refusal(name)) refuse(node, "torch." + name, why);
    if (fills_given_tensor(node)) refuse(node, "torch." + name + " with out=", "use its result instead");
    // Text methods that loop as long as their arguments say, or do not end.
    if (!node->inputs().empty() && node->input(0)->type()->kind() == c10::TypeKind::StringType) {
      for (const char* loops : {"count", "replace", "ljust", "rjust", "center", "zfill", "expandtabs"}) {
        if (name == loops) refuse(node, "str." + name, kText);
      }
    }
    // `values` of a dict is a plain thing, of a sparse tensor it is not.
    if (name == "values" && node->inputs().size() == 1 &&
        node->input(0)->type()->isSubtypeOf(*c10::TensorType::get())) {
      refuse(node, "torch." + name, kSparse);
    }
  } else if (kind.is_prim()) {
    if (kind == c10::prim::GetAttr || kind == c10::prim::SetAttr) {
      refuse(node, "self." + node->s(c10::attr::name),
             kind == c10::prim::SetAttr ? "a function may not keep state: attributes cannot be assigned"
                                        : "this attribute cannot be turned into an argument or a constant");
    }
    if (!listed(kPrim, name)) refuse(node, kind.toQualString(), kInternal);
  } else {
    refuse(node, kind.toQualString(), "only PyTorch's own operators on tensors can be used");
  }
}

void check_block(const torch::jit::Block* block) {
  for (const auto* node : block->nodes()) {
    check_node(node);
    for (const auto* inner : node->blocks()) check_block(inner);
  }
}

}  // namespace

const char* refusal(const std::string& name) {
  for (const auto& rule : kNames) {
    if (name == rule.name) return rule.why;
  }
  for (const auto& rule : kStarts) {
    if (name.rfind(rule.name, 0) == 0) return rule.why;
  }
  for (const auto& rule : kParts) {
    if (name.find(rule.name) != std::string::npos) return rule.why;
  }
  return name[0] == '_' && !listed(kUnderscored, name) ? kInternal : nullptr;
}

void check_operators(const torch::jit::Graph& graph) { check_block(graph.block()); }

std::string source_line(const torch::jit::Node* node) {
  // What the user wrote is the outermost call that led here.
  auto range = node->sourceRange();
  if (const auto stack = node->callstack()) {
    const auto calls = (*stack)->vec();
    if (!calls.empty()) range = std::get<1>(calls.front());
  }
  const auto place = range.file_line_col();
  if (!place) return "";
  std::string text = range.text().str();
  text = text.substr(0, text.find('\n'));
  if (text.size() > 120) text = text.substr(0, 120) + "...";
  return "line " + std::to_string(std::get<1>(*place)) + ": `" + text + "`";
}

}  // namespace t2j
