namespace HkaFer.Training.Tests;

public sealed class HtmlTests
{
    [Fact]
    public void What_comes_from_outside_is_escaped_and_pieces_are_not()
    {
        Html inner = Html.Of($"<b>{"<script>alert('x')</script> & \"quotes\""}</b>");
        Assert.Equal("<p><b>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;quotes&quot;</b></p>", Html.Of($"<p>{inner}</p>").ToString());
    }

    [Fact]
    public void Control_characters_become_the_replacement_character() => Assert.Equal("a\uFFFDb\nc", Html.Of($"{"a\0b\nc"}").ToString());

    [Fact]
    public void Numbers_are_written_for_programs() => Assert.Equal("0.33 1234567 -2.5", Html.Of($"{1.0 / 3} {1234567} {-2.5}").ToString());
}
