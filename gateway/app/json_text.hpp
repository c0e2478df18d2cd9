// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::app {

/// Writes JSON, comma by comma, for status pages and exports. The caller opens and closes; values
/// are escaped here.
class JsonText {
  public:
    JsonText& open(char bracket);  ///< '{' or '['
    JsonText& close(char bracket);
    JsonText& field(std::string_view name, std::string_view text);
    JsonText& number(std::string_view name, std::uint64_t value);
    JsonText& raw(std::string_view name, std::string_view json);  ///< a value that is JSON already
    JsonText& item() {
        comma();
        needs_comma_ = false;
        return *this;
    }  ///< before a value in a list
    JsonText& append(const JsonText& value);
    const std::string& text() const { return text_; }

  private:
    void comma();
    void name(std::string_view name);
    void quoted(std::string_view text);
    std::string text_;
    bool needs_comma_ = false;
};

}  // namespace sallyport::app
