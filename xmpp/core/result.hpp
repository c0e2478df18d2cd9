// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace sallyport {

/// Why a call of ours failed. What a user or a peer is told is a StanzaError, a StreamError or a
/// port::Failure instead.
struct [[nodiscard]] Error {
    boost::system::error_code code;
    std::string detail;  ///< for the log; never a secret, never a body

    Error() = default;
    Error(boost::system::error_code c, std::string d = {}) : code(c), detail(std::move(d)) {}
    /// A failure with no system code of its own.
    explicit Error(std::string d)
        : code(boost::system::errc::make_error_code(boost::system::errc::invalid_argument)),
          detail(std::move(d)) {}

    /// "detail (message of the code)", for one log line.
    std::string to_string() const { return detail.empty() ? code.message() : detail; }
    friend bool operator==(const Error& a, const Error& b) {
        return a.code == b.code && a.detail == b.detail;
    }
};

/// Called by Boost when value() meets an error: a bug of the caller, who must test first.
[[noreturn]] void throw_exception_from_error(
    const Error& error, const boost::source_location& where
);

/// A value or the reason why there is none: boost::system::result with constructors of its own,
/// because Boost's refuses to tell a value from an error as soon as an Error could be constructed
/// from the value, as it can from a string.
template <class T = void>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
    using Base = boost::system::result<T, Error>;

  public:
    Result() = default;
    Result(Error error) : Base(boost::system::in_place_error, std::move(error)) {}
    Result(boost::system::error_code code) : Base(boost::system::in_place_error, Error(code)) {}
    template <class A = T>
    requires(std::is_convertible_v<A, T> && !std::is_base_of_v<Base, std::remove_cvref_t<A>> && !std::is_same_v<std::remove_cvref_t<A>, Error>)
        Result(A&& value)
        : Base(boost::system::in_place_value, std::forward<A>(value)) {}
};

template <>
class [[nodiscard]] Result<void> : public boost::system::result<void, Error> {
    using Base = boost::system::result<void, Error>;

  public:
    Result() = default;
    Result(Error error) : Base(boost::system::in_place_error, std::move(error)) {}
    Result(boost::system::error_code code) : Base(boost::system::in_place_error, Error(code)) {}
};

}  // namespace sallyport
