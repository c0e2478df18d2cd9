// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::xmpp {

/// XEP-0138 with zlib, both directions of one stream. Off unless an operator wants it: compressed
/// secrets beside foreign text can be guessed by their length (CRIME), and little data can become
/// much.
class Compression {
  public:
    enum class Fault {
        bad_data,  ///< no zlib stream
        bomb       ///< it grows more than any stanzas do
    };
    struct Limits {
        std::size_t free_bytes = 256 * 1024;  ///< inflated, before the ratio counts
        std::size_t ratio = 100;
        std::size_t piece_bytes = 16 * 1024;
    };

    explicit Compression(Limits limits);
    ~Compression();
    Compression(const Compression&) = delete;
    Compression& operator=(const Compression&) = delete;

    /// What is to be sent instead: flushed, so that the peer can read it all.
    std::string deflate(std::string_view bytes);
    /// Takes from `bytes` and gives the next piece of what they mean, within piece_bytes; nothing
    /// when they are used up, or at a fault.
    std::optional<std::string> inflate(std::string_view& bytes);
    std::optional<Fault> fault() const { return fault_; }

  private:
    struct State;
    void check_ratio();

    Limits limits_;
    std::unique_ptr<State> state_;
    std::uint64_t in_bytes_ = 0;
    std::uint64_t out_bytes_ = 0;
    bool may_have_more_ = false;  // the last piece was full
    std::optional<Fault> fault_;
};

}  // namespace sallyport::xmpp
