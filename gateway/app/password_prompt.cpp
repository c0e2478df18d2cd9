// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/password_prompt.hpp"

#include <iostream>

#include <termios.h>
#include <unistd.h>

namespace sallyport::app {
namespace {

/// Off while it lives.
class Echo {
  public:
    Echo() {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        is_off_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~Echo() {
        if (is_off_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Echo(const Echo&) = delete;
    Echo& operator=(const Echo&) = delete;

  private:
    termios before_{};
    bool is_off_ = false;
};

std::string read_line() {
    std::string line;
    std::getline(std::cin, line);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

std::string ask(const char* what) {
    std::cerr << what << std::flush;
    std::string line = read_line();
    std::cerr << "\n";
    return line;
}

}  // namespace

Result<std::string> read_password() {
    std::string password;
    if (isatty(STDIN_FILENO) == 1) {
        const Echo off;
        password = ask("Password: ");
        if (ask("Again: ") != password) return Error("these were two different passwords");
    } else {
        password = read_line();
    }
    if (password.empty()) return Error("a password is wanted, on the terminal or standard input");
    return password;
}

}  // namespace sallyport::app
