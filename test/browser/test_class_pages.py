"""The pages of a class in a browser: its code and link, its posts."""

from room import wait


def test_a_copy_button_says_again_what_it_does(site_browser, people, classroom):
    teacher = site_browser(people[0])
    teacher.open(classroom.path)
    button = teacher.one("[data-copy=join-code]")
    assert button.text == "Copy code"
    twice = teacher.driver.execute_async_script("""const [button, done] = arguments;
        const copied = [];
        navigator.clipboard.writeText = async (text) => copied.push(text);
        button.click();
        setTimeout(() => {
            button.click();
            setTimeout(() => done([...copied, button.textContent]));
        });""", button)
    assert twice == [classroom.code, classroom.code, "Copied"]
    wait(teacher, lambda: button.text == "Copy code", "its own words")
