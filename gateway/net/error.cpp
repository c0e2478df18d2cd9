// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/error.hpp"

#include <array>

namespace sallyport::net {
namespace {

constexpr std::array<const char*, 9> words{
    "", "dns", "connect", "tls", "timeout", "eof", "reset", "closed", "certificate"};

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "sallyport.net"; }
    std::string message(int value) const override {
        return words.at(static_cast<std::size_t>(value));
    }
};

const Category category;

}  // namespace

boost::system::error_code make_error_code(Fault fault) {
    return {static_cast<int>(fault), category};
}

std::string_view fault_word(const Error& error) {
    if (error.code.category() != category) return "error";
    return words.at(static_cast<std::size_t>(error.code.value()));
}

}  // namespace sallyport::net
