"""The colours of components, the same in every figure and on the page."""

# Okabe & Ito (2008) without black and yellow, then Tol's muted colours: told apart by people of
# every kind of colour vision, the first ones best.
_COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"),
    *("#332288", "#882255", "#999933", "#44aa99", "#117733", "#aa4499"),
)


def colours_of_components(n_components: int) -> list[str]:
    """Return one colour for each component, in canonical order, as #rrggbb."""
    return [_COLOURS[k % len(_COLOURS)] for k in range(n_components)]
