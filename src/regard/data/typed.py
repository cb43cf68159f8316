"""What a person types, as numbers."""


def read_numbers(text: str, below: int) -> list[int] | None:
    """The numbers from 0 to below `below` that a text is made of, with spaces between; None if it is not."""
    words = text.split()
    numbers = [int(word) for word in words if word.isdecimal()]
    return numbers if len(numbers) == len(words) and all(number < below for number in numbers) else None
