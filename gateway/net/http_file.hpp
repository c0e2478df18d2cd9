// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "gateway/net/http_server.hpp"
#include "gateway/port/http.hpp"

namespace sallyport::net {

/// An open file on its way to a client: the head of the answer, and the bytes still to be read.
class FileBody {
  public:
    /// Opens a regular file (no symbolic link at the end of the path) and applies the request's
    /// Range. Nothing when there is no such file.
    static std::optional<FileBody> open(const FileAnswer& answer, const port::HttpRequest& request);

    const port::HttpResponse& head() const { return head_; }  ///< 200, 206 or 416, without a body
    std::uint64_t left_bytes() const { return left_; }
    /// Reads the next bytes; 0 = the file is shorter than it was, or unreadable.
    std::size_t read(std::span<char> into);

  private:
    struct Descriptor {
        int value = -1;
        explicit Descriptor(int v) : value(v) {}
        Descriptor(Descriptor&& other) noexcept : value(std::exchange(other.value, -1)) {}
        Descriptor& operator=(Descriptor&& other) noexcept {
            std::swap(value, other.value);
            return *this;
        }
        ~Descriptor();
    };
    explicit FileBody(Descriptor file) : file_(std::move(file)) {}
    void apply_range(std::string_view range, std::uint64_t size);

    Descriptor file_;
    std::uint64_t offset_ = 0;
    std::uint64_t left_ = 0;
    port::HttpResponse head_;
};

/// RFC 6266: a download name with an ASCII form and the UTF-8 one.
std::string content_disposition(bool attachment, std::string_view name);
/// One "bytes=a-b" range of a file of that size, as {first, last}: nothing when absent, several or
/// not understood (then the whole file is sent, RFC 9110 §14.2). An empty optional inside: it
/// cannot be satisfied.
std::optional<std::optional<std::pair<std::uint64_t, std::uint64_t>>> parse_range(
    std::string_view text, std::uint64_t size
);

}  // namespace sallyport::net
